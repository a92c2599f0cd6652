"""Statements of all of a firm's contracts in one go, and what follows from them, with no amount typed in.

Bodies follow from one snapshot; the rules recompute each when it comes in, so that what moved on in between is
refused by itself and proposed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tallystick import finance
from tallystick.identity import Said, ledger_time
from tallystick.ledger import View

_page = 1000


@dataclass(frozen=True, slots=True)
class Proposed:
    """A statement that would be proposed: its name, what it says, and the entry."""

    name: str
    body: finance.statements.StatementPropose
    said: Said


def proposals(
    view: View, organisation: str, cut_off: str = "", contracts: Iterable[str] = ()
) -> Iterator[Proposed]:
    """The next statement of each contract of a firm under which something waits, or of those that are named.

    Without `cut_off`, up to each contract's newest cut-off day. Raises `DateRefused` for what is no day.
    """
    today = finance.money_date(ledger_time(view))
    if cut_off:
        finance.check_date(cut_off)
    for contract in contracts or _contracts(view, organisation):
        found = view.get("contract", contract)
        if found is None or organisation not in (found["buyer"], found["seller"]):
            raise finance.statements.StatementsNotUsed(contract)
        day = cut_off or finance.statements.cut_off_of(view, contract, today)
        lines = finance.statements.lines_of(view, contract, day)
        if lines:
            body, _ = finance.statements.proposal(view, contract, day)
            name = finance.statements.statement_name(contract, body.number)
            yield Proposed(name, body, Said("finance.statement.propose/1", body))


def _contracts(view: View, organisation: str) -> Iterator[str]:
    """Those under which something waits, by name."""
    after: tuple[str, str] | None = None
    while found := view.find("contract-of", organisation, after=after, limit=_page):
        for one in found:
            row = one.value
            uses = row.get("statement_day") is not None and row["status"] == "agreed"
            if uses and view.count("unstated-of-contract", one.name):
                yield one.name
        after = (found[-1].name, found[-1].part)
