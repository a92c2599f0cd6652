"""Commands and pages of calendars."""
