"""What a machine expects: certificates, quotes, holds, claims as plain records, and dates as a calendar has them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

from tests.finance.settlement.strips import Run, Strip, over

shanghai = timezone(timedelta(hours=8))
default_after, comes_back_for = 30, 3


def day_of(instant: str) -> date:
    """The date in Shanghai."""
    return datetime.fromisoformat(instant).astimezone(shanghai).date()


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def begins(day: date) -> str:
    """Midnight in Shanghai."""
    return instant(datetime(day.year, day.month, day.day, tzinfo=shanghai))


def later(day: date, days: int) -> date:
    return day + timedelta(days=days)


def hours_after(now: str, hours: int) -> str:
    """The full hour at least so many hours later."""
    moment = datetime.fromisoformat(now) + timedelta(hours=hours)
    full = moment.replace(minute=0, second=0, microsecond=0)
    return instant(full if full == moment else full + timedelta(hours=1))


@dataclass
class Payout:
    """One payment to one holder; `lots` as they were before."""

    index: int
    payee: str
    amount: int
    lots: list[Run]
    late: int
    paid_on: date
    final: bool = False
    returned: bool = False

    @property
    def final_on(self) -> date:
        return later(self.paid_on, comes_back_for)


@dataclass
class Paper:
    """A certificate. `got`, `late`, `late_got`: by holder, what it was paid, and late interest owed and paid.

    `pays_on`: as it is expected, or once it is fixed.
    """

    name: str
    face: int
    due: date
    strip: Strip
    roll: str = "none"
    pays_on: date = date.min
    fixed: bool = False
    status: str = "live"
    paid: int = 0
    early: int = 0
    cancelled: int = 0
    recorded: bool = False
    got: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    late_got: Counter[str] = field(default_factory=Counter)
    arrears: str = ""
    looks: set[str] = field(default_factory=set)
    defaults_at: str = ""
    payouts: list[Payout] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return self.status in ("live", "partially_paid")

    @property
    def outstanding(self) -> int:
        return self.face - self.paid - self.early - self.cancelled

    @property
    def recorded_on(self) -> date:
        """Units stop moving on the due date, or on the payment date if that comes before."""
        return min(self.due, self.pays_on)

    @property
    def late_owed(self) -> int:
        """What was paid too much to one, because its payment came back, is not taken from others."""
        return sum(max(0, self.late[part] - self.late_got[part]) for part in self.late)

    @property
    def in_arrears(self) -> bool:
        return self.arrears in ("overdue", "default")

    def holding(self, holder: str) -> int:
        return self.strip.size(lambda unit: unit.holder == holder and unit.state not in over)


@dataclass
class Hold:
    """An offer, sale, pledge, lock, freeze or cancellation."""

    kind: str
    paper: Paper
    giver: str
    to: str
    amount: int
    until: str
    status: str
    days: int = 0

    def offered_by(self, paper: Paper, giver: str) -> bool:
        """Whether it stands open, for trade or for money."""
        told = (self.status, self.paper, self.giver)
        return self.kind in ("offer", "sale") and told == ("open", paper, giver)


@dataclass
class Deal:
    """A quote and its payment; `early`: of the debtor itself."""

    name: str
    paper: Paper
    holder: str
    bank: str
    amount: int
    discount: int
    value_on: date
    recourse: str
    until: str
    early: bool
    status: str = "open"
    sent_on: date = date.min
    final_on: date = date.min
    final: bool = False
    number: str = "ZDW-0"
    registered_to: date = date(2030, 1, 1)
    cancelled: bool = False
    #: When the certificate was expected to be paid, and by which version of the calendar, as the quote says.
    pays_on: date = date.min
    version: int = 0
    #: Whether the days by which the payment date rolls are counted.
    counted: bool = False

    @property
    def ends(self) -> date:
        """The first day on which the certificate may be paid, for all that the quote says."""
        return min(self.paper.due, self.pays_on)

    @property
    def days(self) -> int:
        return ((self.pays_on if self.counted else self.paper.due) - self.value_on).days

    @property
    def net(self) -> int:
        return self.amount - self.discount


@dataclass
class Demand:
    """A holder asked whoever stands in."""

    name: str
    paper: Paper
    holder: str
    party: str
    amount: int
    asked_on: date
    paid: int = 0


@dataclass
class Notice:
    """Dunning by the insured."""

    name: str
    cover: str
    paper: Paper
    grace_until: str
    claim_on: date
    status: str = "open"
    claim: str = ""


@dataclass
class Insured:
    """A claim on the insurer."""

    name: str
    notice: Notice
    loss: int
    amount: int
    status: str = "filed"
    accepted: int = 0
    pay_by: date = date.min
