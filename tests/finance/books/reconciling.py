"""The books of everybody on a desk, held against what the ledger says that each holds, owes and has used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import cast

from tests.finance.desk import Desk
from tests.finance.equality.test_equality import reports
from tests.finance.test_views import MemoryView, Reading

from tallystick.finance import books
from tallystick.finance.draft import Row
from tallystick.ledger import Accepted, Reader

Balances = Counter[tuple[str, str]]
_over = ("paid", "cancelled")


def postings(desk: Desk, organisation: str) -> list[books.Posting]:
    """Of one organisation: each balances, each entry gives one at most, and the same log gives the same."""
    reading = Reading(MemoryView(desk), Reader.party(organisation))
    found = list(books.journal(reading, entries(desk), organisation))
    assert found == list(books.journal(reading, entries(desk), organisation))
    for one in found:
        assert sum(amount for _, amount in one.lines) == 0
        assert one.currency == "CNY"
    assert len({one.index for one in found}) == len(found)
    return found


def entries(desk: Desk) -> Iterator[Accepted]:
    for act in desk.acts:
        if act.type in books.types:
            body = act.body.model_dump_json(exclude_none=True).encode()
            yield Accepted(act.index, act.type, act.author, act.time, body)


def reconciled(desk: Desk) -> Balances:
    """Balances by organisation and account. What leaves one bank account reaches another in the same entry."""
    found: Balances = Counter()
    money: Counter[int] = Counter()
    for organisation in _names(desk, "organisation"):
        for one in postings(desk, organisation):
            for account, amount in one.lines:
                found[organisation, account] += amount
                money[one.index] += amount if account == "bank" else 0
    assert not any(money.values())
    holdings = _holdings(desk)
    for account, right in holdings.items():
        assert _of(found, account) == right, account
    _limits(desk, found, holdings["certificates-receivable"])
    reports(desk)
    return found


def _holdings(desk: Desk) -> dict[str, dict[str, int]]:
    """What lots, facilities and guarantees say that stands in each account."""
    sums: dict[str, Counter[str]] = {name: Counter() for name in _kept}
    for (kind, name, _), document in desk.state.documents():
        told = cast(Row, document)
        if kind == "holding" and told["state"] not in _over:
            head, units = desk.row("certificate", name), told["end"] - told["start"]
            # A debtor that paid early, and whose payment is not final yet, owes these units to nobody.
            if "accepted" in head and told["holder"] != head["issuer"]:
                sums["certificates-receivable"][told["holder"]] += units
                sums["certificates-payable"][head["issuer"]] -= units
        elif kind == "facility" and "funder" in told:
            sums["advances-receivable"][told["funder"]] += told["principal"]
            sums["advances-payable"][told["borrower"]] -= told["principal"]
        elif kind == "guarantee":
            sums["guarantees-receivable"][told["bank"]] += told["paid"]
            sums["guarantees-payable"][told["applicant"]] -= told["paid"]
            sums["guarantee-compensation"][told["applicant"]] += told["paid"]
            sums["guarantee-compensation"][told["beneficiary"]] -= told["paid"]
    return {account: _some(amounts) for account, amounts in sums.items()}


def _limits(desk: Desk, found: Balances, receivable: dict[str, int]) -> None:
    """What limits count as used is what stands in the books; of a core also what nobody accepted yet."""
    waiting: Counter[str] = Counter()
    for (kind, name, _), document in desk.state.documents():
        told = cast(Row, document)
        if kind == "holding" and told["state"] not in _over:
            head = desk.row("certificate", name)
            if "accepted" not in head or told["holder"] == head["issuer"]:
                waiting[head["issuer"]] += told["end"] - told["start"]
    for name in _names(desk, "limit"):
        what, *whose = name.split(" ")
        used = sum(one["used"] for one in desk.rows("limit", name).values())
        if what == "core":
            assert used == waiting[whose[0]] - found[whose[0], "certificates-payable"]
        elif what == "funder":
            assert used == receivable.get(whose[0], 0)


def _of(found: Balances, account: str) -> dict[str, int]:
    return _some(Counter({who: sum_ for (who, name), sum_ in found.items() if name == account}))


def _some(amounts: Counter[str]) -> dict[str, int]:
    return {who: amount for who, amount in sorted(amounts.items()) if amount}


def _names(desk: Desk, kind: str) -> list[str]:
    return sorted({key[1] for key, _ in desk.state.documents() if key[0] == kind})


_kept = (
    "certificates-receivable", "certificates-payable", "advances-receivable", "advances-payable",
    "guarantees-receivable", "guarantees-payable", "guarantee-compensation",
)  # fmt: skip
