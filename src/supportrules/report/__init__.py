"""Decisions and problems → text and JSON: the only place with colour, and with the program's own words."""
