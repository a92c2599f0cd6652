"""Bank accounts as their parties see them: no number, no name, the last four characters alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.accounts.numbers import masked
from tallystick.finance.draft import Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.reading.access import Reading, act_listed
from tallystick.finance.reading.pages import Page, page

payees_max = 100


@dataclass(frozen=True, slots=True)
class AccountView:
    """`shown`: ****1234. `waiting`: a small payment that waits for an answer, or for what is revealed."""

    name: str
    row: Row
    shown: str
    waiting: str


@dataclass(frozen=True, slots=True)
class PayeeView:
    """To which account an organisation is paid in a currency, and what is on its way."""

    organisation: str
    currency: str
    row: Row
    account: AccountView | None
    change: AccountView | None


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposed change, by its payload hash; open, approved, in force, cancelled, or void."""

    proposal: str
    row: Row


def accounts(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[AccountView]:
    """Accounts that an organisation owns, keeps or verifies."""
    mine = _mine(reading, organisation)
    found = page(reading.view, "account-by-party", mine, after, limit)
    rows = ((one.name, cast(Row, one.value)) for one in found.rows)
    seen = tuple(_view(reading, name, row) for name, row in rows if _listed(reading, name, row))
    return Page(seen, found.after)


def account(reading: Reading, name: str) -> AccountView:
    """One account; raises `NotReadable`."""
    row = cast("Row | None", reading.view.get("bank-account", name))
    may = row is not None and reading.reader.may_read("parties", parties(row))
    if row is None or not may or not _listed(reading, name, row):
        raise NotReadable(name)
    return _view(reading, name, row)


def payees(reading: Reading, organisation: str | None = None) -> tuple[PayeeView, ...]:
    """Of an organisation, by currency."""
    mine = _mine(reading, organisation)
    rows = cast(Mapping[str, Row], reading.view.group("payee", mine))
    if not act_listed(reading, "payee", mine, {"organisation": mine}, mine):
        return ()
    return tuple(
        PayeeView(
            mine,
            currency,
            row,
            _of(reading, str(row["account"])),
            _of(reading, str(row["change"]["account"])) if "change" in row else None,
        )
        for currency, row in list(rows.items())[:payees_max]
    )


def changes(
    reading: Reading, organisation: str | None = None, after: str | None = None, limit: int = 50
) -> Page[ProposalView]:
    """Every change that was ever proposed: what the contacts of an organisation are told of."""
    mine = _mine(reading, organisation)
    found = page(reading.view, "payee-proposal-of", mine, after, limit)
    rows = ((one.name, cast(Row, one.value)) for one in found.rows)
    seen = tuple(
        ProposalView(name, row)
        for name, row in rows
        if act_listed(reading, "payee-proposal", name, row, mine)
    )
    return Page(seen, found.after)


def _mine(reading: Reading, organisation: str | None) -> str:
    """One's own, or for an auditor anybody's: accounts are in no sharing agreement and no remit."""
    asked = reading.reader.lists_of(organisation)
    if asked is None:
        raise NotReadable(organisation or "")
    return asked


def parties(row: Row) -> list[str]:
    """Who has to do with an account: its owner, its bank, the node that verified its owner."""
    return sorted({str(row[key]) for key in ("organisation", "bank", "node") if row.get(key)})


def _of(reading: Reading, name: str) -> AccountView | None:
    row = cast("Row | None", reading.view.get("bank-account", name))
    return _view(reading, name, row) if row is not None and _listed(reading, name, row) else None


def _listed(reading: Reading, name: str, row: Row) -> bool:
    """Unless its owner raised its grade since."""
    return act_listed(reading, "bank-account", name, row, *parties(row))


def _view(reading: Reading, name: str, row: Row) -> AccountView:
    challenge = reading.view.get("account-challenge", name)
    waiting = "" if challenge is None else "reveal" if "answer" in challenge else "answer"
    return AccountView(name, row, masked(row["tail"]), waiting)
