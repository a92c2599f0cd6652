"""The three-way match: order, receipt, invoice (research §4.2). Pure, all integers.

accepted = received - rejected - returned. Of an invoice line, what is accepted, not yet consumed by a
confirmation, and not above the order (plus tolerance) may be confirmed, at the invoice's price while that
is within the percentage *and* the absolute tolerance of the order's, or so near that it is rounding, else at the
lower of the two; less what the contract retains (质保金), and less what certificates on credited invoices of the same
order line carry already (`set_off`). All quantities of a line are in the order line's scale and cumulative, so that
partial deliveries, partial invoices and partial confirmations add up without drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tallystick.finance.money.allocation import divide_half_up, ppm
from tallystick.finance.trade.documents import Price
from tallystick.finance.trade.match_policy import Policy, default_policy
from tallystick.finance.trade.match_reasons import Reason, Status, holding, refusing
from tallystick.finance.trade.quantities import same_unit


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
    `confirmed_*` are of this invoice line. Two persons let pass: `waived` of money above the order's terms,
    `waived_quantity` above the ordered quantity. `retention_ppm`: the share that is still retained. Certificates on
    credited invoices of the order line carry `carried` of the quantity, and hold `set_off` of the money; of what
    is `consumed`, credit notes took back `credited_after`.
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
    retention_ppm: int = 0
    waived: int = 0
    waived_quantity: int = 0
    carried: int = 0
    set_off: int = 0
    credited_after: int = 0
    blocks: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class LineMatch:
    """`billable`: cumulative quantity, of which `carried` by certificates on credited invoices; `confirmable`: money
    not confirmed yet, of which `net` and `tax`, less the `set_off` that those certificates hold;
    `retained`: money that waits for the end of the retention; `short`: what is missing and let pass;
    `excess`: what the invoice asks above the order's terms; `over`: accepted above what was ordered.
    """

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
    retained: int = 0
    retention_ppm: int = 0
    short: int = 0
    excess: int = 0
    over: int = 0
    carried: int = 0
    set_off: int = 0

    @property
    def waiting(self) -> int:
        """Money of the line that is neither confirmed, nor set off, nor confirmable now."""
        settled = self.confirmed + self.set_off + self.confirmable
        return max(0, self.gross - settled) if self.reasons else 0

    @property
    def net(self) -> int:
        """Of `confirmable`, before tax; exact where nothing was confirmed, retained or credited before."""
        return divide_half_up(self.confirmable * ppm, ppm + self.tax_ppm)

    @property
    def tax(self) -> int:
        return self.confirmable - self.net


@dataclass(frozen=True, slots=True)
class Match:
    """`policy`: the version of the tolerances by which it was made; 0: those that hold where none were set."""

    status: Status
    reasons: tuple[Reason, ...]
    gross: int
    confirmable: int
    lines: tuple[LineMatch, ...]
    policy: int = 0
    _by_number: dict[int, LineMatch] = field(default_factory=dict, repr=False, compare=False)

    def line(self, number: int) -> LineMatch | None:
        return self._by_number.get(number)


def net_amount(quantity: int, scale: int, price: Price) -> int:
    """Minor units for a quantity, half-up."""
    return divide_half_up(quantity * price.amount, 10**scale * price.per)


def gross_amount(quantity: int, scale: int, price: Price, tax_ppm: int) -> int:
    """Net plus tax, each rounded half-up once."""
    net = net_amount(quantity, scale, price)
    return net + divide_half_up(net * tax_ppm, ppm)


def kept_back(worth: int, retention_ppm: int) -> int:
    """What is retained of a worth, rounded down.

    >>> kept_back(5_900_295, 50_000)
    295014
    """
    return worth * retention_ppm // ppm


def quantity_for(
    amount: int, scale: int, price: Price, tax_ppm: int, most: int, retention_ppm: int = 0
) -> int:
    """The smallest quantity up to `most` whose gross, less what is retained, reaches `amount`."""
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        worth = gross_amount(middle, scale, price, tax_ppm)
        if worth - kept_back(worth, retention_ppm) >= amount:
            high = middle
        else:
            low = middle + 1
    return low


def three_way_match(lines: Sequence[LineFacts], policy: Policy = default_policy) -> Match:
    """The match of an invoice. Lines that share an order line take from it in their order."""
    taken: dict[str, int] = {}
    results: dict[int, LineMatch] = {}
    for facts in lines:
        before = taken.get(facts.order_line, 0)
        result = match_line(facts, policy, before)
        own = result.billable - result.carried
        taken[facts.order_line] = before + own - facts.confirmed_quantity
        results[facts.line] = result
    found = tuple(results.values())
    return Match(
        status=_overall([line.status for line in found]),
        reasons=tuple(dict.fromkeys(reason for line in found for reason in line.reasons)),
        gross=sum(line.gross for line in found),
        confirmable=sum(line.confirmable for line in found),
        lines=found,
        policy=policy.version,
        _by_number=results,
    )


def match_line(facts: LineFacts, policy: Policy = default_policy, taken: int = 0) -> LineMatch:
    """One line; `taken`: what lines of the same invoice before it take of the order line."""
    price, tax_ppm, excess, found = _price(facts, policy)
    reasons: list[Reason] = [*facts.blocks, *found]
    if not same_unit(facts.order.unit, facts.invoice.unit):
        reasons.append("unit-differs")
    refused = is_refused(facts)
    extra, short, over = (0, 0, 0) if refused else _billable_now(facts, taken, policy, reasons)
    carried = 0 if refused else facts.carried
    billable = facts.confirmed_quantity + carried + extra
    gross = _gross(facts)
    worth = min(gross, gross_amount(billable, facts.scale, price, tax_ppm))
    retained = 0 if refused else kept_back(worth, facts.retention_ppm)
    if retained:
        reasons.append("retained")
    whole = billable + short >= facts.invoiced and not retained
    settled = facts.confirmed_amount + facts.set_off
    return LineMatch(
        line=facts.line,
        status=_status(refused, reasons, whole=whole),
        reasons=tuple(reasons),
        billable=billable,
        gross=gross,
        confirmable=0 if refused else max(0, worth - retained - settled),
        confirmed=facts.confirmed_amount,
        price=price,
        tax_ppm=tax_ppm,
        scale=facts.scale,
        retained=retained,
        retention_ppm=facts.retention_ppm,
        short=short,
        excess=excess,
        over=over,
        carried=carried,
        set_off=0 if refused else facts.set_off,
    )


def is_refused(facts: LineFacts) -> bool:
    """Whether nothing of a line may be confirmed, whatever was received."""
    units = facts.order.unit, facts.invoice.unit
    return not refusing.isdisjoint(facts.blocks) or not same_unit(*units)


def entitled(facts: LineFacts, policy: Policy) -> int:
    """What may be confirmed of a line at most, once all its goods are there."""
    if is_refused(facts):
        return 0
    price, tax_ppm, _, _ = _price(facts, policy)
    worth = min(_gross(facts), gross_amount(facts.invoiced, facts.scale, price, tax_ppm))
    return worth - kept_back(worth, facts.retention_ppm)


def still_billed(facts: LineFacts, policy: Policy) -> int:
    """Of what was confirmed of a line: how much its invoice still asks for.

    What was confirmed at a price or a share that would not be let pass today stays as it was.
    """
    confirmed, consumed = facts.confirmed_amount, facts.confirmed_quantity
    left = min(facts.invoiced, consumed)
    kept = confirmed * left // consumed if consumed else confirmed
    return min(confirmed, _gross(facts), max(kept, entitled(facts, policy)))


def _gross(facts: LineFacts) -> int:
    """What the invoice asks for the line, less what was credited."""
    invoice = facts.invoice
    invoiced = gross_amount(facts.invoiced, facts.scale, invoice.price, invoice.tax_ppm)
    return max(0, invoiced - facts.credited)


def _billable_now(
    facts: LineFacts, taken: int, policy: Policy, reasons: list[Reason]
) -> tuple[int, int, int]:
    """What may be billed beyond what is confirmed, what of the rest is let pass as short, and what was accepted
    above the order; notes why it is less than what is invoiced."""
    used = facts.consumed + taken
    cap = policy.most(facts.ordered, facts.scale) + facts.waived_quantity
    wanted = facts.invoiced - facts.confirmed_quantity - facts.carried
    gone = facts.consumed - facts.credited_after > facts.accepted
    if gone:
        reasons.append("confirmed-above-accepted")
    there = max(0, min(wanted, facts.accepted - used))
    extra = max(0, min(there, cap - used))
    over = there - extra
    missing = wanted - there
    if facts.accepted <= 0 < missing:
        reasons.append("not-received")
    elif 0 < missing <= policy.short(facts.invoiced, facts.scale):
        return extra, missing, over
    elif missing > 0 and not gone:
        reasons.append("billed-above-accepted")
    if over:
        reasons.append("billed-above-order")
    return extra, 0, over


def _price(facts: LineFacts, policy: Policy) -> tuple[Price, int, int, list[Reason]]:
    """Effective price and tax: the invoice's, or the order's where the invoice's is too high; and by how much."""
    ours, theirs = facts.order, facts.invoice
    # Prices compare by cross multiplication; nothing is divided, so nothing is rounded.
    order_value = ours.price.amount * theirs.price.per
    higher = theirs.price.amount * ours.price.per - order_value
    dearer = higher > 0 and _beyond(facts, policy, higher, order_value)
    taxed = theirs.tax_ppm > ours.tax_ppm
    price = ours.price if dearer else theirs.price
    tax_ppm = min(theirs.tax_ppm, ours.tax_ppm)
    if not (dearer or taxed):
        return price, tax_ppm, 0, []
    excess = _excess(facts, price, tax_ppm)
    if facts.credited >= excess:
        return price, tax_ppm, 0, []
    if excess - facts.credited <= facts.waived:
        return theirs.price, theirs.tax_ppm, 0, []
    if dearer and not taxed and excess <= policy.rounding_minor:
        return theirs.price, tax_ppm, 0, []
    reasons: list[Reason] = ["price-above-order"] if dearer else []
    if taxed:
        reasons.append("tax-above-order")
    return price, tax_ppm, excess - facts.credited, reasons


def _beyond(facts: LineFacts, policy: Policy, higher: int, order_value: int) -> bool:
    """Whether a price is above the order's by more than the share or the absolute amount allowed for a line."""
    bases = facts.order.price.per * facts.invoice.price.per
    absolute = policy.price_absolute_minor * 10**facts.scale * bases
    return higher * ppm > order_value * policy.price_ppm or higher * facts.invoiced > absolute


def _excess(facts: LineFacts, price: Price, tax_ppm: int) -> int:
    """What the line costs above what it would at these terms."""
    invoice = facts.invoice
    theirs = gross_amount(facts.invoiced, facts.scale, invoice.price, invoice.tax_ppm)
    return max(0, theirs - gross_amount(facts.invoiced, facts.scale, price, tax_ppm))


def _status(refused: bool, reasons: list[Reason], *, whole: bool) -> Status:
    if refused:
        return "rejected"
    if not holding.isdisjoint(reasons):
        return "held"
    return "matched" if whole and not reasons else "partial"


def _overall(statuses: Sequence[Status]) -> Status:
    if all(status == "rejected" for status in statuses):
        return "rejected"
    if any(status in ("held", "rejected") for status in statuses):
        return "held"
    return "partial" if "partial" in statuses else "matched"
