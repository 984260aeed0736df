"""When: zones, public holidays, calendars of business time, and which promise is due before which."""
