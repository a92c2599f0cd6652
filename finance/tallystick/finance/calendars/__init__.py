"""Calendars: which days are business days, by whom that was said, and what follows for dates of money."""

from tallystick.finance.calendars import views
from tallystick.finance.calendars.bodies import (
    CalendarApprove,
    CalendarName,
    CalendarPropose,
    Day,
    Source,
)
from tallystick.finance.calendars.days import Calendar, Reached, Roll, Year, table
from tallystick.finance.calendars.files import (
    Read,
    builtin,
    file_bytes_max,
    proposal,
    read_table,
    shipped,
)
from tallystick.finance.calendars.payment import PaymentDate, fixing_business_days, payment_date
from tallystick.finance.calendars.versions import in_force, table_of, version_of

__all__ = [
    "Calendar",
    "CalendarApprove",
    "CalendarName",
    "CalendarPropose",
    "Day",
    "PaymentDate",
    "Reached",
    "Read",
    "Roll",
    "Source",
    "Year",
    "builtin",
    "file_bytes_max",
    "fixing_business_days",
    "in_force",
    "payment_date",
    "proposal",
    "read_table",
    "shipped",
    "table",
    "table_of",
    "version_of",
    "views",
]
