"""The entry types by which calendars are published; anybody may read them."""

from __future__ import annotations

from tallystick.finance.calendars import bodies, rules
from tallystick.ledger import EntryType


def calendar_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.calendar.propose/1",
            bodies.CalendarPropose,
            rules.propose,
            "A maker of a node proposes one year of a calendar",
            public=True,
        ),
        EntryType(
            "finance.calendar.approve/1",
            bodies.CalendarApprove,
            rules.approve,
            "A checker approves; the calendar has another version",
            public=True,
            own_key=True,
        ),
    )
