"""The entry types by which calendars are published; anybody may read them."""

from __future__ import annotations

from tallystick.finance.calendars import bodies, rules
from tallystick.ledger import EntryType, graded


def calendar_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.calendar.propose/1",
            bodies.CalendarPropose,
            rules.propose,
            "A person of a node proposes one year of a calendar",
            data=graded("money", "public"),
        ),
        EntryType(
            "finance.calendar.approve/1",
            bodies.CalendarApprove,
            rules.approve,
            "A second person approves; the calendar has another version",
            data=graded("money", "public"),
            own_key=True,
        ),
    )
