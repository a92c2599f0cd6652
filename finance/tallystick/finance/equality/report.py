"""The equality of a day: lines of two sums, and why they differ; what no reason explains must be nothing.

disbursed    what the ledger's financings cost | what evidence says was paid for them
sent         payment instructions that left | what evidence says was paid of them
paid         payments at maturity that stand in the ledger | what evidence says was paid, less what came back
due          what fell due | what was paid of it
registered   principal financed and still owed | principal registered, in its term
interest     what debtors bear of financings | what evidence says was paid of it, less what came back
outstanding  units still owed, of the books | issued, less cancelled, paid early and paid; where the day is the last

and, where there is anything of it:

late         late interest that stands in the ledger | evidence that it was paid
recovered    recourse that stands in the ledger | evidence that it was received; where the day is the last
insured      claims that insurers paid, with their penalties | evidence of it
advanced     advances that left | evidence that they were paid
repaid       advances repaid, in money or in cents of certificates | evidence of money
guaranteed   demands under guarantees that were paid | evidence of it
sold         prices of sales between funders | evidence that they were paid
ordinary     what certificates left to be paid of invoices that were paid in the ordinary way | what evidence says was paid
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Name = Literal[
    "disbursed", "sent", "paid", "due", "registered", "interest", "outstanding",
    "late", "recovered", "insured", "advanced", "repaid", "guaranteed", "sold", "ordinary",
]  # fmt: skip
names: tuple[Name, ...] = get_args(Name)
#: Lines of every report; the last of them where the day is the last.
_always = names[: names.index("outstanding") + 1]
#: in-payment, silent: instructed, and nobody said what became of it, for up to two days or longer. returned: came back.
#: returned-since: came back behind the day. not-paid: said that it will not be paid. due-today, waiting, overdue: owed
#: on the day itself, held from its holder, owed too long. unregistered, ended, cancelled-early: owed without a
#: registration in its term. repaid, not-cancelled: registered, and owed in part or not at all any more. converted: repaid
#: in cents of a certificate. paid-twice: paid beside the certificate that stands for it, and not paid back.
Reason = Literal[
    "in-payment", "silent", "returned", "returned-since", "not-paid",
    "due-today", "waiting", "overdue",
    "unregistered", "ended", "cancelled-early", "repaid", "not-cancelled",
    "converted", "paid-twice",
]  # fmt: skip
reasons: tuple[Reason, ...] = get_args(Reason)


@dataclass(slots=True)
class Line:
    """Two sums in minor units. `because`: what of their difference each reason explains."""

    ledger: int = 0
    other: int = 0
    because: Counter[Reason] = field(default_factory=Counter)

    @property
    def unexplained(self) -> int:
        return self.ledger - self.other - sum(self.because.values())

    def document(self) -> dict[str, Any]:
        told = {reason: amount for reason, amount in sorted(self.because.items()) if amount}
        sums = {"ledger": self.ledger, "other": self.other, "unexplained": self.unexplained}
        return {**sums, "because": told}


@dataclass(slots=True)
class Report:
    """Of one day and currency: of whoever pays its own part, or with an empty `organisation` of all.

    `entries`: how many of the log were looked at, those of the day the last.
    """

    day: str
    organisation: str
    currency: str
    entries: int
    lines: dict[Name, Line]

    @property
    def unexplained(self) -> int:
        """Nothing, unless something is wrong; differences do not cancel each other out."""
        return sum(abs(line.unexplained) for line in self.lines.values())

    def document(self) -> dict[str, Any]:
        head = {"day": self.day, "currency": self.currency, "entries": self.entries}
        lines = [{"name": name, **line.document()} for name, line in self.lines.items()]
        return {**head, "unexplained": self.unexplained, "lines": lines}


class Reports:
    """The reports of a day as they grow: of all, and of each bank."""

    def __init__(self, day: str, entries: int, *, whole: bool) -> None:
        self.day, self.entries = day, entries
        self.whole = whole
        self._found: dict[tuple[str, str], Report] = {}

    def add(
        self,
        to: tuple[str, str],
        name: Name,
        ledger: int = 0,
        other: int = 0,
        because: Reason | None = None,
        amount: int = 0,
    ) -> None:
        """To the line of a (bank, currency), and to the same line of all."""
        bank, currency = to
        for organisation in ("", bank):
            line = self._report(organisation, currency).lines.setdefault(name, Line())
            line.ledger += ledger
            line.other += other
            if because is not None:
                line.because[because] += amount

    def done(self) -> list[Report]:
        """All banks together first, then each by its handle; lines in their order."""
        for report in self._found.values():
            report.lines = {name: report.lines[name] for name in names if name in report.lines}
        return [self._found[key] for key in sorted(self._found)]

    def _report(self, organisation: str, currency: str) -> Report:
        key = (organisation, currency)
        if key not in self._found:
            always = _always if self.whole else _always[:-1]
            lines: dict[Name, Line] = {name: Line() for name in always}
            self._found[key] = Report(self.day, organisation, currency, self.entries, lines)
        return self._found[key]
