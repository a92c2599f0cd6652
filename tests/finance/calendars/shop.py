"""A desk with a node that publishes calendars."""

from __future__ import annotations

from collections.abc import Sequence

from tests.finance.desk import Desk, checker, maker

from tallystick.finance import calendars
from tallystick.finance.money.dates import weekday

node = "99/O-NODE"
china = f"{node}#CN"


class Shop(Desk):
    def __init__(self, firms: Sequence[str] = ()) -> None:
        super().__init__(firms)
        self.enrol(node, "node")

    def versions(self, name: str = china) -> int:
        found = self.state.get("calendar", name)
        return 0 if found is None else int(str(found["versions"]))

    def propose_table(self, body: calendars.CalendarPropose, by: str = maker(node)) -> str:
        return self.play("finance.calendar.propose/1", by, body)

    def approve_table(self, proposal: str, by: str = checker(node)) -> str:
        body = calendars.CalendarApprove(proposal=proposal)
        return self.play("finance.calendar.approve/1", by, body)

    def publish(self, body: calendars.CalendarPropose) -> int:
        """Approved by the second person; the version's number."""
        name = f"{node}#{body.code}"
        self.approve_table(self.propose_table(body))
        return self.versions(name)

    def shipped(self, *names: str) -> None:
        """The tables that come with the product."""
        for name in names or calendars.shipped():
            read = calendars.read_table(calendars.builtin(name))
            self.publish(calendars.proposal(read, self.versions()))

    def change(self, year: int, off: Sequence[str] = (), on: Sequence[str] = ()) -> int:
        """Another version of China's table of a year: these days are holidays too, those are worked."""
        read = calendars.read_table(calendars.builtin(f"CN-{year}"))
        for day in off:
            read.days["working"].pop(day, None)
            read.days["holiday"].setdefault(day, "changed")
        for day in on:
            read.days["holiday"].pop(day, None)
            if weekday(day) in (6, 7):
                read.days["working"][day] = "changed"
        return self.publish(calendars.proposal(read, self.versions()))

    def owed(self, due_on: str, roll: calendars.Roll = "following", number: str = "1") -> str:
        """A live certificate that rolls by China's calendar."""
        invoice, reason = self.delivered(900_000_000, number), "agreed-in-contract"
        name = self.approve(
            self.propose(
                invoice, 900_000_000, due_on, roll=roll, calendar=china, term_reason=reason
            )
        )
        self.accept_certificate(name)
        return name

    def payment(self, name: str) -> calendars.PaymentDate:
        """As a rule sees it now."""
        return calendars.payment_date(self.state, name, self.row("certificate", name), self.time)
