"""The three-way match: order, receipt, invoice (research §4.2). Pure, all integers.

accepted = received - rejected - returned. Of an invoice line, what is accepted, not yet consumed by a
confirmation, and not above the order (plus tolerance) may be confirmed, at the invoice's price while that
is within the percentage *and* the absolute tolerance of the order's, else at the lower of the two. All
quantities of a line are in the order line's scale and cumulative, so that partial deliveries, partial
invoices and partial confirmations add up without drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tallystick.finance.money.allocation import divide_half_up, ppm
from tallystick.finance.trade.documents import Price
from tallystick.finance.trade.quantities import same_unit

Status = Literal["matched", "partial", "held", "rejected"]
Reason = Literal[
    "not-received",
    "billed-above-accepted",
    "billed-above-order",
    "price-above-order",
    "tax-above-order",
    "unit-differs",
    "order-document-only",
    "invoice-document-only",
    "contract-not-agreed",
    "contract-ended",
]
#: What releases each reason, in words for a page.
releases: Mapping[Reason, str] = {
    "not-received": "a signed receiving scan of the goods",
    "billed-above-accepted": "delivery of the rest, or a credit note for it",
    "billed-above-order": "an order for the rest, or a credit note for it",
    "price-above-order": "a credit note for the difference; the order's price is confirmable now",
    "tax-above-order": "a credit note for the difference; the order's rate is confirmable now",
    "unit-differs": "an invoice in the unit of the order",
    "order-document-only": "the order on record, signed by its buyer",
    "invoice-document-only": "the invoice on record, signed by its seller",
    "contract-not-agreed": "the other party's agreement to the contract",
    "contract-ended": "a supplement by which the contract ran when the order was placed",
}
_refusing: frozenset[Reason] = frozenset(
    (
        "unit-differs",
        "order-document-only",
        "invoice-document-only",
        "contract-not-agreed",
        "contract-ended",
    )
)
_holding: frozenset[Reason] = frozenset(("not-received", "price-above-order", "tax-above-order"))


@dataclass(frozen=True, slots=True)
class Policy:
    """Tolerances of a core enterprise. `document_deliveries`: whether deliveries that only a document
    states count as received; by default only signed receiving scans do."""

    price_ppm: int = 5_000
    price_absolute_minor: int = 100_00
    over_delivery_ppm: int = 5_000
    document_deliveries: bool = False


default_policy = Policy()


@dataclass(frozen=True, slots=True)
class Terms:
    """Price, tax and unit as order or invoice state them."""

    price: Price
    tax_ppm: int
    unit: str


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One invoice line against its order line; quantities in 10^-`scale` of the order's unit.

    `accepted` and `consumed` are totals of the order line over all its receipts and confirmations;
    `invoiced` is less what credit notes took back by quantity, `credited` what they took back in money alone.
    `confirmed_*` are of this invoice line.
    """

    line: int
    order_line: str
    scale: int
    ordered: int
    accepted: int
    consumed: int
    order: Terms
    invoiced: int
    invoice: Terms
    confirmed_quantity: int = 0
    confirmed_amount: int = 0
    credited: int = 0
    blocks: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class LineMatch:
    """`billable`: cumulative quantity; `confirmable`: money not confirmed yet; `waiting`: the rest."""

    line: int
    status: Status
    reasons: tuple[Reason, ...]
    billable: int
    gross: int
    confirmable: int
    confirmed: int
    price: Price
    tax_ppm: int
    scale: int

    @property
    def waiting(self) -> int:
        return max(0, self.gross - self.confirmed - self.confirmable)


@dataclass(frozen=True, slots=True)
class Match:
    status: Status
    reasons: tuple[Reason, ...]
    gross: int
    confirmable: int
    lines: tuple[LineMatch, ...]

    def line(self, number: int) -> LineMatch | None:
        return next((line for line in self.lines if line.line == number), None)


def net_amount(quantity: int, scale: int, price: Price) -> int:
    """Minor units for a quantity, half-up."""
    return divide_half_up(quantity * price.amount, 10**scale * price.per)


def gross_amount(quantity: int, scale: int, price: Price, tax_ppm: int) -> int:
    """Net plus tax, each rounded half-up once."""
    net = net_amount(quantity, scale, price)
    return net + divide_half_up(net * tax_ppm, ppm)


def quantity_for(amount: int, scale: int, price: Price, tax_ppm: int, most: int) -> int:
    """The smallest quantity up to `most` whose gross reaches `amount`."""
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        if gross_amount(middle, scale, price, tax_ppm) >= amount:
            high = middle
        else:
            low = middle + 1
    return low


def within_order(ordered: int, tolerance_ppm: int) -> int:
    """The most that may be received against an order or a despatch."""
    return ordered + ordered * tolerance_ppm // ppm


def three_way_match(lines: Sequence[LineFacts], policy: Policy = default_policy) -> Match:
    """The match of an invoice. Lines that share an order line take from it in their order."""
    taken: dict[str, int] = {}
    results = []
    for facts in lines:
        result = _match_line(facts, taken.get(facts.order_line, 0), policy)
        extra = result.billable - facts.confirmed_quantity
        taken[facts.order_line] = taken.get(facts.order_line, 0) + extra
        results.append(result)
    reasons = tuple(dict.fromkeys(reason for line in results for reason in line.reasons))
    return Match(
        status=_overall([line.status for line in results]),
        reasons=reasons,
        gross=sum(line.gross for line in results),
        confirmable=sum(line.confirmable for line in results),
        lines=tuple(results),
    )


def _match_line(facts: LineFacts, taken: int, policy: Policy) -> LineMatch:
    price, tax_ppm, found = _price(facts, policy)
    reasons: list[Reason] = [*facts.blocks, *found]
    if not same_unit(facts.order.unit, facts.invoice.unit):
        reasons.append("unit-differs")
    refused = not _refusing.isdisjoint(reasons)
    extra = 0 if refused else _billable_now(facts, taken, policy, reasons)
    billable = facts.confirmed_quantity + extra
    invoice = facts.invoice
    invoiced = gross_amount(facts.invoiced, facts.scale, invoice.price, invoice.tax_ppm)
    gross = max(0, invoiced - facts.credited)
    worth = min(gross, gross_amount(billable, facts.scale, price, tax_ppm))
    return LineMatch(
        line=facts.line,
        status=_status(facts, billable, refused, reasons),
        reasons=tuple(reasons),
        billable=billable,
        gross=gross,
        confirmable=0 if refused else max(0, worth - facts.confirmed_amount),
        confirmed=facts.confirmed_amount,
        price=price,
        tax_ppm=tax_ppm,
        scale=facts.scale,
    )


def _billable_now(facts: LineFacts, taken: int, policy: Policy, reasons: list[Reason]) -> int:
    """What may be billed beyond what is confirmed; notes why it is less than what is invoiced."""
    used = facts.consumed + taken
    cap = within_order(facts.ordered, policy.over_delivery_ppm)
    wanted = facts.invoiced - facts.confirmed_quantity
    extra = max(0, min(wanted, min(facts.accepted, cap) - used))
    if wanted > extra:
        if facts.accepted <= 0:
            reasons.append("not-received")
        elif wanted > facts.accepted - used:
            reasons.append("billed-above-accepted")
        else:
            reasons.append("billed-above-order")
    return extra


def _price(facts: LineFacts, policy: Policy) -> tuple[Price, int, list[Reason]]:
    """Effective price and tax: the invoice's, or the order's where the invoice's is too high."""
    ours, theirs = facts.order, facts.invoice
    reasons: list[Reason] = []
    price = theirs.price
    # Prices compare by cross multiplication; nothing is divided, so nothing is rounded.
    order_value = ours.price.amount * theirs.price.per
    excess = theirs.price.amount * ours.price.per - order_value
    bases = ours.price.per * theirs.price.per
    absolute = policy.price_absolute_minor * 10**facts.scale * bases
    if excess > 0 and (
        excess * ppm > order_value * policy.price_ppm or excess * facts.invoiced > absolute
    ):
        price = ours.price
        reasons.append("price-above-order")
    if theirs.tax_ppm > ours.tax_ppm:
        reasons.append("tax-above-order")
    tax_ppm = min(theirs.tax_ppm, ours.tax_ppm)
    if reasons and facts.credited and _made_good(facts, price, tax_ppm):
        reasons = []
    return price, tax_ppm, reasons


def _made_good(facts: LineFacts, price: Price, tax_ppm: int) -> bool:
    """Whether credit notes took back the difference to the order's terms."""
    theirs = gross_amount(facts.invoiced, facts.scale, facts.invoice.price, facts.invoice.tax_ppm)
    ours = gross_amount(facts.invoiced, facts.scale, price, tax_ppm)
    return facts.credited >= theirs - ours


def _status(facts: LineFacts, billable: int, refused: bool, reasons: list[Reason]) -> Status:
    if refused:
        return "rejected"
    if not _holding.isdisjoint(reasons):
        return "held"
    return "matched" if billable >= facts.invoiced else "partial"


def _overall(statuses: Sequence[Status]) -> Status:
    if all(status == "rejected" for status in statuses):
        return "rejected"
    if any(status in ("held", "rejected") for status in statuses):
        return "held"
    return "partial" if "partial" in statuses else "matched"
