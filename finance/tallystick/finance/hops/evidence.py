"""Trade evidence of a hop: what the giver owes the taker, each amount of it consumed once.

An invoice belongs to its orders, an order to its contract. What is consumed of one is consumed of all above it,
so that the same trade never counts as invoice and as order again; what a certificate was confirmed for is consumed
of its invoice, and what a hop paid is no longer confirmed. An offer takes its amounts at once; they come back when
it is refused, withdrawn or ends.

    evidence-use  <kind> <name>           {used}: what hops have taken of a document, open offers included
    evidence-use  via <invoice> <order>   {used}: what of an invoice's was charged to one of its orders

A contract bounds what is under it only where it states a total; without one it is itself no evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.hops.bodies import Evidence, HopEvidence
from tallystick.finance.hops.errors import EvidenceConsumed, EvidenceMissing, EvidenceUnfit
from tallystick.finance.trade.documents import Price
from tallystick.finance.trade.lines import signed
from tallystick.finance.trade.match import gross_amount

#: What is taken of which document: kind, name, amount.
Charge = tuple[str, str, int]


def take(
    draft: Draft, giver: str, taker: str, currency: str, amount: int, evidence: Evidence
) -> list[dict[str, Any]]:
    """Consume the evidence of a transfer; what was taken, for `give_back`."""
    named = [(one.kind, one.name) for one in evidence]
    if len(set(named)) != len(named) or sum(one.amount for one in evidence) != amount:
        told = sum(one.amount for one in evidence)
        raise EvidenceMissing(f"evidence of {told} minor units for {amount}, each document once")
    charges: list[Charge] = []
    for one in evidence:
        _require_debt(draft, one, giver, taker, currency)
        now = _charges(draft, one)
        for kind, name, part in now:
            _use(draft, kind, name, part)
        charges += now
    return [{"kind": kind, "name": name, "amount": part} for kind, name, part in charges]


def give_back(draft: Draft, charges: Iterable[Row]) -> None:
    """A transfer did not come to be."""
    for charge in charges:
        key = use_name(charge["kind"], charge["name"])
        left = (draft.row("evidence-use", key) or {"used": 0})["used"] - charge["amount"]
        draft.put("evidence-use", key, {"used": left} if left else None)


def used(draft: Draft, kind: str, name: str) -> int:
    """What hops have taken of a document."""
    found = draft.row("evidence-use", use_name(kind, name))
    return 0 if found is None else int(found["used"])


def total(draft: Draft, kind: str, name: str) -> int | None:
    """What a document can pay for in all, confirmed certificates deducted; None where nothing is stated."""
    if kind == "contract":
        stated = (draft.row("contract", name) or {}).get("total")
        return None if stated is None else int(stated)
    if kind == "order":
        return sum(_ordered(line) for line in draft.rows("order-line", name).values())
    lines = draft.rows("invoice-line", name).values()
    return sum(int(_gross(line) - line["credited"] - line["confirmed"]) for line in lines)


def require_not_passed_on(draft: Draft, invoice: str, amount: int) -> None:
    """What hops have paid of an invoice is not confirmed again."""
    passed = used(draft, "invoice", invoice)
    if passed and passed + amount > (total(draft, "invoice", invoice) or 0):
        raise EvidenceConsumed(f"{passed} minor units of {invoice} were paid by transfers")


def use_name(kind: str, name: str) -> str:
    return f"{kind} {name}"


def _require_debt(draft: Draft, one: HopEvidence, giver: str, taker: str, currency: str) -> None:
    """The giver buys, the taker sells; both stand behind the document. The same answer for what is not theirs."""
    found = draft.row(one.kind, one.name)
    if found is None or (found["buyer"], found["seller"]) != (giver, taker):
        raise EvidenceUnfit(f"{one.kind} {one.name}")
    if found["currency"] != currency:
        raise EvidenceUnfit(f"{one.name} is in {found['currency']}, the certificate in {currency}")
    if one.kind == "contract" and (found["status"] != "agreed" or "total" not in found):
        raise EvidenceUnfit(f"{one.name} is {found['status']}, its total is not stated")
    if one.kind != "contract" and found["grade"] != signed:
        raise EvidenceUnfit(f"{one.name} is a copy that its issuer did not sign")
    if one.kind == "order" and found["status"] != "accepted":
        raise EvidenceUnfit(f"{one.name} is {found['status']}, not accepted")


def _charges(draft: Draft, one: HopEvidence) -> list[Charge]:
    """The document itself and all above it; of an invoice, its orders in the order of their names, as far as billed."""
    if one.kind == "contract":
        return [("contract", one.name, one.amount)]
    if one.kind == "order":
        return [("order", one.name, one.amount), *_contract_of(draft, one.name, one.amount)]
    charges: list[Charge] = [("invoice", one.name, one.amount)]
    left = one.amount
    for order, billed in sorted(_billed(draft, one.name).items()):
        through = f"{one.name} {order}"
        part = min(left, billed - used(draft, "via", through))
        left -= part
        if part:
            charges += [("via", through, part), ("order", order, part)]
            charges += _contract_of(draft, order, part)
    return charges


def _contract_of(draft: Draft, order: str, amount: int) -> list[Charge]:
    name = (draft.row("order", order) or {})["contract"]
    return [] if total(draft, "contract", name) is None else [("contract", name, amount)]


def _use(draft: Draft, kind: str, name: str, amount: int) -> None:
    now = used(draft, kind, name) + amount
    most = now if kind == "via" else total(draft, kind, name) or 0
    if now > most:
        raise EvidenceConsumed(
            f"{kind} {name}: {most - now + amount} of {amount} minor units are open"
        )
    draft.put("evidence-use", use_name(kind, name), {"used": now})


def _billed(draft: Draft, invoice: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in draft.rows("invoice-line", invoice).values():
        sums[line["order"]] = sums.get(line["order"], 0) + _gross(line)
    return sums


def _gross(line: Row) -> int:
    return int(line["net"] + line["tax"])


def _ordered(line: Row) -> int:
    """What an order line is worth; what was cancelled of it is in its quantity no more."""
    price = Price(**line["price"])
    return gross_amount(line["quantity"], line["scale"], price, line["tax_ppm"])
