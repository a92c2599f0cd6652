"""What is due, as one instruction for each holder and account; for debtor and paying bank, of a holder its own.

It stands there because blocks recorded it: nobody starts it. A block follows whatever anybody says, so any holder
brings it about. What nothing may reach now stands in lines of its own that say why: the others together are the most
that `finance.pay.due/1` divides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tallystick.finance.accounts.payees import claim_target
from tallystick.finance.calendars.payment import payment_date
from tallystick.finance.draft import Draft, row
from tallystick.finance.errors import NotReadable
from tallystick.finance.reading.access import (
    Reading,
    certificate_listed,
    readable_organisation,
)
from tallystick.finance.reading.pages import (
    Page,
    mark_of,
    page_of_names,
    page_rows_max,
    read_mark,
)
from tallystick.finance.receivables.certificates import load_book
from tallystick.finance.settlement.claims import owed, waits_because
from tallystick.identity import ledger_time
from tallystick.ledger import Found, View

_last = "\U0010ffff"


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """What a debtor has to pay in a currency by one bank on a day."""

    issuer: str
    currency: str
    paying_bank: str
    pays_on: str

    @property
    def name(self) -> str:
        return f"{self.issuer} {self.currency} {self.paying_bank}"


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one certificate that an instruction pays."""

    certificate: str
    amount: int
    units: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One payment. `account` empty: none is on record. `held`: why nothing may go there now; empty if it may."""

    run: Run
    holder: str
    account: str
    tail: str
    bank_code: str
    held: str
    parts: tuple[Part, ...] = ()

    @property
    def amount(self) -> int:
        return sum(part.amount for part in self.parts)

    @property
    def reference(self) -> str:
        """What the bank writes as the payment's end-to-end identifier, so that its notification is known again."""
        return reference(self.run, self.holder, self.account)

    @property
    def key(self) -> tuple[str, str]:
        """By which lines of a day are ordered."""
        return self.holder, f"{self.account} {self.held}"


@dataclass(frozen=True, slots=True)
class Total:
    """All instructions of a run that the reader sees: how many, what can be paid now, and what waits."""

    instructions: int
    payable: int
    held: int


def reference(run: Run, holder: str, account: str) -> str:
    """Of the payment to a holder's account on a day; 32 characters, the same whenever it is asked for."""
    told = f"{run.name}\n{run.pays_on}\n{holder}\n{account}"
    return "MD" + hashlib.sha256(told.encode()).hexdigest()[:30].upper()


def runs(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[Run]:
    """What an organisation has to pay, as debtor or as bank, each day once. Raises `NotReadable`."""
    mine = readable_organisation(reading, organisation)
    size, mark = max(1, min(limit, page_rows_max)), read_mark(after)
    rows = list[Run]()
    while len(rows) <= size:
        found = reading.view.find("maturity-of", mine, after=mark, limit=1)
        if not found:
            return Page(tuple(rows), None)
        rows.append(_run(found[0]))
        mark = (found[0].name, f"{rows[-1].pays_on} {_last}")
    last = rows[size - 1]
    return Page(tuple(rows[:size]), mark_of(last.name, f"{last.pays_on} {_last}"))


def owed_to(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[Instruction]:
    """What is due to an organisation, by certificate. Raises `NotReadable`."""
    mine = readable_organisation(reading, organisation)
    names = page_of_names(reading.view, "claim-of", mine, after, limit)
    listed = (name for name in names.rows if certificate_listed(reading, name))
    rows = (one for name in listed for one in _instructions(reading.view, [name], mine))
    return Page(tuple(rows), names.after)


def instructions(
    reading: Reading, run: Run, organisation: str | None = None
) -> tuple[Instruction, ...]:
    """Of one day, by holder and account. Raises `NotReadable` for whoever neither pays nor holds any of it."""
    mine = readable_organisation(reading, organisation)
    if mine in (run.issuer, run.paying_bank):
        names, whose = _certificates(reading.view, run), ""
    else:
        names, whose = _held(reading.view, run, mine), mine
    found = [name for name in names if certificate_listed(reading, name)]
    if not found:
        raise NotReadable(f"{run.name} {run.pays_on}")
    return tuple(_instructions(reading.view, found, whose))


def total(found: Iterable[Instruction]) -> Total:
    every = tuple(found)
    held = sum(one.amount for one in every if one.held)
    return Total(len(every), sum(one.amount for one in every) - held, held)


def cut(found: Sequence[Instruction], after: str | None, limit: int) -> Page[Instruction]:
    """One page of them; a mark goes on behind its line, whatever was paid meanwhile."""
    mark, size = read_mark(after), max(1, min(limit, page_rows_max))
    rest = [one for one in found if mark is None or one.key > mark]
    last = mark_of(*rest[size - 1].key) if len(rest) > size else None
    return Page(tuple(rest[:size]), last)


def _run(found: Found) -> Run:
    issuer, currency, bank = found.name.split(" ")
    return Run(issuer, currency, bank, str(found.value["pays_on"]))


def _certificates(view: View, run: Run) -> list[str]:
    rows = view.group("maturity", run.name).values()
    return [str(row["certificate"]) for row in rows if row["pays_on"] == run.pays_on]


def _held(view: View, run: Run, holder: str) -> list[str]:
    """Those of a day on which something is due to a holder."""
    names, after = list[str](), None
    while True:
        found = page_of_names(view, "claim-of", holder, after, page_rows_max)
        names += [name for name in found.rows if run_of(view, name) == run]
        if found.after is None:
            return names
        after = found.after


def run_of(view: View, name: str) -> Run:
    """Of which debtor, bank and day the payment of a certificate is."""
    found = row(view.get("certificate", name)) or {}
    pays_on = payment_date(view, name, found).on
    return Run(found["issuer"], found["currency"], found["paying_bank"], pays_on)


def _instructions(view: View, names: Sequence[str], whose: str) -> list[Instruction]:
    """What is due on these certificates, joined by day, holder and account; of one holder alone, if it is named."""
    draft, now = Draft(view), ledger_time(view)
    parts: dict[Instruction, list[Part]] = {}
    for name in names:
        run, claims = run_of(view, name), draft.rows("claim", name)
        for part, one in owed(draft, load_book(draft, name)).items():
            claim, holder = claims[part], one.holder
            if whose in ("", holder):
                to = claim_target(draft, claim, holder, run.currency, now)
                held = waits_because(draft, part, claim, to)
                line = Instruction(run, holder, to.account, to.tail, to.bank_code, held)
                units = tuple((lot.start, lot.end) for lot in one.lots)
                parts.setdefault(line, []).append(Part(name, one.amount, units))
    joined = [replace(line, parts=tuple(found)) for line, found in parts.items()]
    return sorted(joined, key=lambda line: (line.run, line.key))
