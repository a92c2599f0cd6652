"""Bank accounts as their parties see them: no number, no name, the last four characters alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tallystick.finance.accounts.numbers import masked
from tallystick.finance.draft import Row
from tallystick.finance.errors import NotReadable
from tallystick.finance.reading.access import Reading
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
    rows = tuple(_view(reading, row.name, cast(Row, row.value)) for row in found.rows)
    return Page(rows, found.after)


def account(reading: Reading, name: str) -> AccountView:
    """One account; raises `NotReadable`."""
    row = cast("Row | None", reading.view.get("bank-account", name))
    if row is None or not reading.reader.may_read("parties", parties(row)):
        raise NotReadable(name)
    return _view(reading, name, row)


def payees(reading: Reading, organisation: str | None = None) -> tuple[PayeeView, ...]:
    """Of an organisation, by currency."""
    mine = _mine(reading, organisation)
    rows = cast(Mapping[str, Row], reading.view.group("payee", mine))
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
    return Page(
        tuple(ProposalView(row.name, cast(Row, row.value)) for row in found.rows), found.after
    )


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
    return None if row is None else _view(reading, name, row)


def _view(reading: Reading, name: str, row: Row) -> AccountView:
    challenge = reading.view.get("account-challenge", name)
    waiting = "" if challenge is None else "reveal" if "answer" in challenge else "answer"
    return AccountView(name, row, masked(row["tail"]), waiting)
