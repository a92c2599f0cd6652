"""The money of the story: confirmation, 65 transfers, three financings, payment at maturity."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import tallystick.finance as finance
from tallystick.app.demo import cast, days, goods, notified, tendered
from tallystick.app.demo.stage import Stage
from tallystick.ledger import Answer, InvariantError, Submission, payload_hash

due_on = "2026-07-10"
registered_until = "2026-12-31"
roll: finance.calendars.Roll = "following"
tiers = (1, 3, 5, 7, 9)
transfers_per_stage = (3, 10, 20, 32)
smallest = 2_800_000
held_amount = 10_000_000

Move = tuple[int, int, int]


@dataclass
class Money:
    """What happened to the certificate. `dearer`: the code with which the dearer of two sealed bids was refused."""

    certificate: str = ""
    confirmed_at: int = 0
    transfers: int = 0
    moved: int = 0
    financed: int = 0
    discounts: int = 0
    insured: int = 0
    dearer: str = ""
    returned: int = 0
    twice: int = 0
    holders: dict[int, int] = field(default_factory=dict)


def digest(text: str) -> str:
    """Digest of a paper that stays outside the log."""
    return hashlib.sha256(f"tallystick demo paper\n{text}".encode()).hexdigest()


def contract(stage: Stage) -> None:
    """The framework contract, put on record by the core enterprise and agreed by the supplier."""
    body = finance.Contract(
        number=goods.contract_number,
        buyer=cast.core.handle,
        seller=goods.maker.handle,
        currency="CNY",
        signed_on="2025-12-01",
        valid_from="2025-12-01",
        valid_until="2026-12-31",
        payment_days=190,
    )
    proposed = stage.sign(cast.core.maker, "finance.contract/1", body)
    agree = finance.Agree(proposal=payload_hash(proposed.envelope).hex())
    stage.append([proposed, stage.sign(goods.maker.maker, "finance.agree/1", agree)])


def order(stage: Stage) -> None:
    line = finance.OrderLine(
        line=1,
        text="电池模组 Battery module",
        quantity=goods.module_count,
        price=finance.Price(amount=goods.net_amount, per=goods.module_count),
        tax_ppm=goods.tax_ppm,
    )
    stage.say(
        cast.core.maker,
        "finance.order/1",
        finance.Order(
            number=goods.order_number,
            buyer=cast.core.handle,
            seller=goods.maker.handle,
            contract=goods.contract,
            currency="CNY",
            ordered_on="2025-12-15",
            lines=(line,),
        ),
    )


def invoice(stage: Stage) -> None:
    stage.at("2026-01-05T02:00:00.000Z")
    line = finance.InvoiceLine(
        line=1,
        order=goods.order,
        order_line=1,
        quantity=goods.module_count,
        price=finance.Price(amount=goods.net_amount, per=goods.module_count),
        tax_ppm=goods.tax_ppm,
    )
    stage.say(
        goods.maker.maker,
        "finance.invoice/1",
        finance.Invoice(
            number=goods.invoice_number,
            seller=goods.maker.handle,
            buyer=cast.core.handle,
            currency="CNY",
            invoiced_on="2026-01-05",
            gross=goods.face,
            lines=(line,),
        ),
    )


def confirm(stage: Stage, money: Money) -> None:
    """Two persons of the core enterprise confirm; the supplier accepts."""
    stage.at("2026-01-12T01:30:00.000Z")
    proposal = stage.sign(
        cast.core.maker,
        "finance.confirm.propose/1",
        finance.ConfirmPropose(
            invoice=goods.invoice,
            amount=goods.face,
            currency="CNY",
            due_on=due_on,
            roll=roll,
            calendar=days.calendar,
            paying_bank=cast.bank.handle,
            lines=(finance.ConfirmLine(line=1, amount=goods.face),),
        ),
    )
    approval = stage.sign(
        cast.core.checker,
        "finance.confirm.approve/1",
        finance.ConfirmApprove(proposal=payload_hash(proposal.envelope).hex()),
    )
    _, approved = stage.append([proposal, approval])
    money.certificate = f"{cast.core.handle}#C-{approved.index}"
    money.confirmed_at = approved.index
    stage.say(
        goods.maker.maker,
        "finance.certificate.accept/1",
        finance.CertificateAccept(certificate=money.certificate),
    )


def moves(seed: int = 65) -> list[Move]:
    """65 (from, to, cents): four stages through five tiers, 9,000,000.00 each, smallest 28,000.00."""
    dice = random.Random(seed)
    first = [0]
    for size in tiers:
        first.append(first[-1] + size)
    balances = {0: goods.face}
    planned: list[Move] = []
    for stage, count in enumerate(transfers_per_stage):
        givers = list(range(first[stage], first[stage + 1]))
        takers = list(range(first[stage + 1], first[stage + 2]))
        received = dict.fromkeys(takers, 0)
        for giver, to, amount in _stage(dice, givers, takers, balances, count, last=stage == 3):
            received[to] += amount
            planned.append((giver, to, amount))
        balances = received
    return planned


def transfer_all(stage: Stage, money: Money) -> None:
    """Each transfer is offered by one firm's maker and accepted by the other's."""
    stage.at("2026-01-20T02:00:00.000Z")
    said = []
    for giver, to, amount in moves():
        signed, evidence = _owed(stage, cast.suppliers[giver], cast.suppliers[to], amount)
        offer = stage.sign(
            cast.suppliers[giver].maker,
            "finance.transfer.offer/1",
            finance.TransferOffer(
                certificate=money.certificate,
                amount=amount,
                to=cast.suppliers[to].handle,
                evidence=(evidence,),
            ),
        )
        accept = stage.sign(
            cast.suppliers[to].maker,
            "finance.transfer.accept/1",
            finance.TransferAccept(offer=payload_hash(offer.envelope).hex()),
        )
        said += [*signed, offer, accept]
        money.transfers += 1
        money.moved += amount
        money.holders[giver] = money.holders.get(giver, goods.face if giver == 0 else 0) - amount
        money.holders[to] = money.holders.get(to, 0) + amount
    stage.append(said)
    money.holders = {firm: amount for firm, amount in money.holders.items() if amount}


def _owed(
    stage: Stage, giver: cast.Firm, taker: cast.Firm, amount: int
) -> tuple[list[Submission], finance.HopEvidence]:
    """The contract by which one supplier owes the next so much, agreed by both."""
    number = f"FC-{giver.id}-{taker.id}"
    body = finance.Contract(
        number=number,
        buyer=giver.handle,
        seller=taker.handle,
        currency="CNY",
        signed_on="2025-12-10",
        valid_from="2025-12-10",
        payment_days=180,
        total=amount,
    )
    proposed = stage.sign(giver.maker, "finance.contract/1", body)
    agree = finance.Agree(proposal=payload_hash(proposed.envelope).hex())
    agreed = stage.sign(taker.maker, "finance.agree/1", agree)
    name = f"{giver.handle}#{number}"
    return [proposed, agreed], finance.HopEvidence(kind="contract", name=name, amount=amount)


def hold_and_release(stage: Stage, money: Money) -> None:
    """One holder pledges a part to the bank, which releases it; a court's order freezes another's, and lifts it."""
    stage.at("2026-02-02T02:00:00.000Z")
    *_, pledgor, frozen = (cast.suppliers[firm] for firm in sorted(money.holders))
    offered = stage.sign(
        pledgor.maker,
        "finance.pledge.offer/1",
        finance.PledgeOffer(
            certificate=money.certificate,
            amount=held_amount,
            to=cast.bank.handle,
            secures=digest("working capital loan"),
            days=30,
        ),
    )
    pledge = payload_hash(offered.envelope).hex()
    taken = finance.PledgeAccept(pledge=pledge, registration_number="DEMO-PLEDGE-1")
    released = finance.PledgeAnswer(pledge=pledge)
    stage.append(
        [
            offered,
            stage.sign(cast.bank.checker, "finance.pledge.accept/1", taken),
            stage.sign(cast.bank.checker, "finance.pledge.release/1", released),
        ]
    )
    first, second = (cast.operator(role) for role in cast.operators[:2])
    order = finance.FreezePropose(
        certificate=money.certificate,
        holder=frozen.handle,
        amount=held_amount,
        order=digest("order of a court"),
        case="（2026）演01执保1号",
        ends_on="2026-05-31",
    )
    proposed = stage.sign(first, "finance.freeze.propose/1", order)
    freeze = payload_hash(proposed.envelope).hex()
    approval = finance.FreezeApprove(proposal=freeze)
    stage.append([proposed, stage.sign(second, "finance.freeze.approve/1", approval)])
    stage.at("2026-02-20T02:00:00.000Z")
    lift = finance.FreezeChange(
        freeze=freeze, order=digest("later order of the court"), case="（2026）演01执保1号"
    )
    changed = stage.sign(first, "finance.freeze.change/1", lift)
    ended = finance.FreezeApprove(proposal=payload_hash(changed.envelope).hex())
    stage.append([changed, stage.sign(second, "finance.freeze.approve/1", ended)])


def finance_three(stage: Stage, money: Money) -> None:
    """A whole holding, a round part of one, and a part with odd cents."""
    first, second, third = sorted(money.holders)[:3]
    plan = (
        (first, money.holders[first], 42_000, "2026-03-15T16:30:00.000Z", "2026-03-16"),
        (
            second,
            min(30_000_000, money.holders[second]),
            43_500,
            "2026-04-01T02:00:00.000Z",
            "2026-04-01",
        ),
        (
            third,
            min(12_345_678, money.holders[third]),
            43_500,
            "2026-05-18T02:00:00.000Z",
            "2026-05-18",
        ),
    )
    for place, (holder, amount, rate_ppm, paid_at, value_on) in enumerate(plan):
        firm = cast.suppliers[holder]
        body = quote_body(money.certificate, firm.handle, amount, rate_ppm, value_on)
        if place == 0:
            ask = finance.TenderOpen(
                certificate=money.certificate,
                amount=amount,
                funders=(cast.bank.handle, cast.other_bank.handle),
                seal_hours=24,
                open_hours=24,
                accept_hours=24,
                value_on=value_on,
            )
            quote, money.dearer = tendered.award(stage, firm, ask, body)
            stage.at(paid_at)
        else:
            stage.at(paid_at)
            quote = _taken(stage, firm, body, paid_at)
        _pay_out(stage, firm, body, quote, paid_at)
        money.financed += amount
        money.discounts += body.discount


def pay_at_maturity(stage: Stage, money: Money) -> None:
    """All in one amount. One payment comes back: exactly its cents are owed again, and paid again."""
    stage.at("2026-07-10T02:00:00.000Z")
    paid = _pay(stage, money.certificate, goods.face, "DEMO-DAY-1")
    *_, last = sorted(money.holders)
    holder = cast.suppliers[last].handle
    amount = money.holders[last]
    payment = finance.Payment(certificate=money.certificate, index=paid.index)
    back = notified.said(
        stage, cast.bank.checker, "finance.pay.return/1", finance.Returned,
        notified.notice("DEMO-BACK", amount, stage.now, "CRDT"),
        payment=payment, payee=holder, amount_minor=amount, reason="account-wrong", returned_at=stage.now,
    )  # fmt: skip
    stage.append([back])
    _pay(stage, money.certificate, amount, "DEMO-DAY-2")
    money.returned = amount


def _pay(stage: Stage, certificate: str, amount: int, reference: str) -> Answer:
    """As the paying bank, with its own notice of the day."""
    stated = notified.said(
        stage, cast.bank.checker, "finance.pay/1", finance.Pay,
        notified.notice(reference, amount, stage.now, "DBIT"),
        certificate=certificate, amount_minor=amount, paid_at=stage.now,
    )  # fmt: skip
    return stage.append([stated])[0]


def quote_body(
    certificate: str, holder: str, amount: int, rate_ppm: int, value_on: str, due: str = due_on
) -> finance.Quote:
    """A quote with its figures worked out; `due`: the certificate's day."""
    terms = finance.DiscountTerms(amount, rate_ppm, value_on, due)
    worked = finance.discounted(terms)
    return finance.Quote(
        certificate=certificate,
        holder=holder,
        amount=amount,
        rate_ppm=rate_ppm,
        value_on=value_on,
        due_on=due,
        roll=roll,
        calendar=days.calendar,
        calendar_version=days.version,
        pays_on=days.pays_on(due, roll),
        days=worked.days,
        discount=worked.discount,
        net=worked.net,
    )


def _taken(stage: Stage, holder: cast.Firm, body: finance.Quote, paid_at: str) -> str:
    """The bank's quote, behind its search, taken by the holder; the quote's name."""
    quoted = stage.sign(cast.bank.maker, "finance.quote/1", body)
    quote = payload_hash(quoted.envelope).hex()
    search = finance.Search(
        certificate=body.certificate,
        holder=holder.handle,
        number=f"DEMO-SEARCH-{holder.id}",
        evidence=digest(f"search for {holder.id} on {body.value_on}"),
        searched_at=paid_at,
    )
    accept = finance.QuoteAccept(quote=quote)
    stage.append(
        [
            quoted,
            stage.sign(cast.bank.maker, "finance.search/1", search),
            stage.sign(holder.maker, "finance.quote.accept/1", accept),
        ]
    )
    return quote


def _pay_out(
    stage: Stage, holder: cast.Firm, body: finance.Quote, quote: str, paid_at: str
) -> None:
    number = f"DEMO{body.value_on.replace('-', '')}{holder.id}"
    instruct = finance.Instruct(
        quote=quote,
        registration=finance.Registration(number=number, ends_on=registered_until),
        reference=number,
        sent_at=paid_at,
    )
    disburse = notified.said(
        stage, cast.bank.checker, "finance.disburse/1", finance.Disburse,
        notified.notice(number, body.net, paid_at, "DBIT"),
        quote=quote, amount_minor=body.net, paid_at=paid_at,
    )  # fmt: skip
    stage.append(
        [
            stage.sign(cast.bank.checker, "finance.instruct/1", instruct),
            disburse,
        ]
    )


def _stage(
    dice: random.Random,
    givers: list[int],
    takers: list[int],
    balances: dict[int, int],
    count: int,
    *,
    last: bool,
) -> Iterator[Move]:
    """`count` different pairs that cover all givers and takers, sharing out each giver's balance."""
    pairs = {(givers[n % len(givers)], taker) for n, taker in enumerate(takers)}
    pairs |= {(giver, takers[n % len(takers)]) for n, giver in enumerate(givers)}
    others = [(g, t) for g in givers for t in takers if (g, t) not in pairs]
    pairs |= set(dice.sample(others, count - len(pairs)))
    for giver in givers:
        to = sorted(taker for g, taker in pairs if g == giver)
        shares = _share(dice, balances[giver], len(to), exact=last and giver == givers[0])
        yield from ((giver, taker, share) for taker, share in zip(to, shares, strict=True))


def _share(dice: random.Random, amount: int, parts: int, *, exact: bool) -> list[int]:
    """`amount` in `parts` of whole yuan above the smallest; with `exact`, one is the smallest."""
    if exact:
        return [smallest, *_share(dice, amount - smallest, parts - 1, exact=False)]
    floor = smallest + 200_000
    free = amount - floor * parts
    if parts < 1 or free < 0:
        raise InvariantError(f"{amount} cents cannot be shared by {parts}")
    weights = [dice.randint(1, 100) for _ in range(parts)]
    shares = [floor + free * weight // sum(weights) // 100 * 100 for weight in weights]
    shares[-1] += amount - sum(shares)
    return shares
