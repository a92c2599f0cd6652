"""Order financing: a bank pays a supplier's own supplier for the materials of an order, and gets it back with interest."""

from __future__ import annotations

import hashlib

import tallystick.finance as finance
from tallystick.app.demo import cast, goods
from tallystick.app.demo.stage import Stage
from tallystick.ledger import Submission, payload_hash

#: An order over CNY 1,000,000.00 whose cells cost 600,000.00; a fifth can be drawn once it is accepted.
worth, cost, drawn = 100_000_000, 60_000_000, 20_000_000
rate_ppm = 60_000
drawn_at, repaid_at = "2026-02-23T02:00:00.000Z", "2026-03-05T02:00:00.000Z"
borrower, mill = goods.maker, cast.suppliers[1]


def finance_order(stage: Stage, account: str) -> str:
    """Drawn, paid to the mill alone, repaid through the named account; the code of a cent more than can be drawn."""
    stage.at(drawn_at)
    order = _order(stage, cast.core, borrower, "PO-2026-0201", goods.contract, worth)
    purchase = _order(stage, borrower, mill, "PO-S01-0201", _contract(stage), cost)
    asked = finance.FacilityRequest(
        order=order, funder=cast.bank.handle, limit=worth, purchases=(purchase,)
    )
    request = stage.sign(borrower.maker, "finance.facility.request/1", asked)
    name = payload_hash(request.envelope).hex()
    terms = finance.FacilityPropose(
        facility=name, limit=worth, rate_ppm=rate_ppm, available_until="2026-06-30",
        repay_on="2026-07-31", account=account,
    )  # fmt: skip
    proposed = stage.sign(cast.bank.maker, "finance.facility.propose/1", terms)
    approval = finance.FacilityApprove(proposal=payload_hash(proposed.envelope).hex())
    taken = finance.FacilityAccept(facility=name)
    stage.append(
        [
            request,
            proposed,
            stage.sign(cast.bank.checker, "finance.facility.approve/1", approval),
            stage.sign(borrower.maker, "finance.facility.accept/1", taken),
        ]
    )
    draw = finance.AdvanceDraw(
        facility=name, purchase=purchase, amount=drawn, mandate=finance.mandate
    )
    more = draw.model_copy(update={"amount": drawn + 1})
    refused = stage.try_to(stage.sign(borrower.maker, "finance.advance.draw/1", more))
    _lend(stage, name, stage.sign(borrower.maker, "finance.advance.draw/1", draw))
    stage.at(repaid_at)
    owed = (
        drawn
        + finance.discounted(
            finance.DiscountTerms(drawn, rate_ppm, drawn_at[:10], repaid_at[:10])
        ).discount
    )
    repaid = finance.AdvanceRepaid(
        facility=name, account=account, currency="CNY", amount=owed, evidence=_digest("repaid"),
        paid_at=stage.now,
    )  # fmt: skip
    stage.say(cast.bank.maker, "finance.advance.repaid/1", repaid)
    return refused


def _lend(stage: Stage, facility: str, drawing: Submission) -> None:
    """Sent by the bank, and received by the mill, which says so."""
    advance = payload_hash(drawing.envelope).hex()
    sent = finance.AdvanceInstruct(facility=facility, advance=advance)
    paid = finance.AdvancePaid(
        facility=facility, advance=advance, currency="CNY", amount=drawn, evidence=_digest("lent"),
        paid_at=stage.now,
    )  # fmt: skip
    stage.append(
        [
            drawing,
            stage.sign(cast.bank.maker, "finance.advance.instruct/1", sent),
            stage.sign(mill.maker, "finance.advance.paid/1", paid),
        ]
    )


def _contract(stage: Stage) -> str:
    """For the materials, agreed by both; what the two transfer by their other contract does not count here."""
    body = finance.Contract(
        number="FC-S01-MILL", buyer=borrower.handle, seller=mill.handle, currency="CNY",
        signed_on="2026-02-23", valid_from="2026-02-23", payment_days=180,
    )  # fmt: skip
    proposed = stage.sign(borrower.maker, "finance.contract/1", body)
    agree = finance.Agree(proposal=payload_hash(proposed.envelope).hex())
    stage.append([proposed, stage.sign(mill.maker, "finance.agree/1", agree)])
    return f"{borrower.handle}#{body.number}"


def _order(
    stage: Stage, buyer: cast.Firm, seller: cast.Firm, number: str, contract: str, amount: int
) -> str:
    """Placed by one and accepted by the other."""
    price = finance.Price(amount=amount, per=100)
    line = finance.OrderLine(line=1, text="电芯 Cells", quantity=100, price=price)
    body = finance.Order(
        number=number, buyer=buyer.handle, seller=seller.handle, contract=contract, currency="CNY",
        ordered_on=drawn_at[:10], lines=(line,),
    )  # fmt: skip
    placed = stage.sign(buyer.maker, "finance.order/1", body)
    agree = finance.Agree(proposal=payload_hash(placed.envelope).hex())
    stage.append([placed, stage.sign(seller.maker, "finance.agree/1", agree)])
    return f"{buyer.handle}#{number}"


def _digest(text: str) -> str:
    return hashlib.sha256(f"tallystick demo advance\n{text}".encode()).hexdigest()
