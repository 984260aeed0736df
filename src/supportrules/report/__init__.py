"""Decisions and problems → text, tables, pages, JSON: the only place with colour, and with words by language.

Messages of problems, help texts and errors are English and stand where they arise.
"""
