"""A refusal tells a stranger nothing: what is there and not theirs is refused as what is not there.

For every entry type of finance that names something on record, and for scans that name a despatch: persons
and devices of a firm that is no party submit it with each name on record and with one that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from tests.finance.desk import (
    Desk,
    bank,
    checker,
    core,
    digest,
    maker,
    other_bank,
    scanner,
    supplier,
    zero,
)
from tests.finance.matching import shop
from tests.finance.policies import signed

from tallystick import finance
from tallystick.finance import accounts, policies
from tallystick.finance.advances.owing import nothing_owed
from tallystick.ledger import Body, RuleError
from tallystick.ledger.fields import AttachmentRef
from tallystick.ledger.state import Change
from tallystick.trace import Capture, EventSummary, Reference

stranger, accomplice, friend = (f"99.100/O-{name}" for name in ("STRANGER", "ACCOMP", "FRIEND"))
price = finance.Price(amount=100)
due_on = "2026-07-10"
#: What names nothing on record but organisations and calendars, which are public.
names_nothing = {
    "finance.pay.due/1",
    "finance.search/1",
    "finance.contract/1",
    "finance.items/1",
    "finance.calendar.propose/1",
    "finance.calendar.approve/1",
    "finance.account.register/1",
    "finance.tolerances.propose/1",
    "finance.insurance.propose/1",
    "finance.limit.propose/1",
    "finance.policy.propose/1",
    "finance.waiver.register/1",
}
#: Judged by its own organisation's officers first: `test_changing` tries it with an account of somebody else.
by_officers = {"finance.payee.propose/1"}
#: Judged by the node that verified the holder: `holdings/test_holds` tries it with what is not the holder's.
by_node = {"finance.freeze.propose/1", "finance.freeze.change/1", "finance.freeze.approve/1"}


@dataclass(frozen=True)
class World:
    """One of everything that an entry can name, in every status; and a name of each kind for nothing."""

    desk: Desk
    names: dict[str, list[str]]
    ghosts: dict[str, str]


@pytest.fixture(scope="module")
def world() -> World:
    desk = Desk([stranger, accomplice, friend])
    offered = desk.approve(desk.propose(desk.delivered(1_000_000, "OFFERED"), 1_000_000))
    refused = desk.approve(desk.propose(desk.delivered(1_000_000, "REFUSED"), 1_000_000))
    body = finance.CertificateRefuse(certificate=refused)
    desk.play("finance.certificate.refuse/1", maker(supplier), body)
    live, soon, paid = (
        desk.live(90_000_000, number, due_on=due)
        for number, due in (("LIVE", due_on), ("SOON", "2026-01-20"), ("PAID", "2026-01-20"))
    )
    invoice = desk.delivered(1_000_000, "OPEN")
    proposals = [desk.propose(invoice, 1_000_000)]
    proposals.append(desk.row("certificate", live)["proposal"])
    offers = [desk.offer(live, supplier, friend, 1_000_000) for _ in range(2)]
    desk.accept(offers[1], friend)
    holds = _holds(desk, live)
    quotes = [desk.quote(live, supplier, 1_000_000, 42_000, "2026-01-20") for _ in range(3)]
    desk.take(quotes[1], supplier)
    desk.take(quotes[2], supplier)
    desk.time = "2026-01-20T02:00:00.000Z"
    desk.disburse(quotes[2], desk.time)
    desk.pay(paid, 90_000_000, desk.time)
    for firm in (stranger, accomplice):
        everything = dict(desk.row("organisation", firm))
        everything["capacities"] = ["bank", "core", "insurer", "supplier"]
        both = {"organisation": firm, "roles": ["maker", "checker"]}
        desk.state.apply(
            [Change("organisation", firm, everything), Change("person", f"{firm}-BOTH", both)]
        )
    account, waiting = _account(desk)
    proposals.append(waiting)
    proposals += _proposed(desk)
    numbers = ("OFFERED", "LIVE", "OPEN")
    orders = [f"{core}#PO-{number}" for number in numbers]
    contract = desk.contract()
    agreements = [str(desk.row("contract", contract)["proposal"])]
    desk.order("ASKED", finance.OrderLine(line=1, quantity=1, price=price))
    agreements.append(str(desk.row("order", f"{core}#ASKED")["proposal"]))
    return World(
        desk,
        {
            "contract": [contract],
            "agreement": agreements,
            "statement": [_stated(desk)],
            "certificate": [offered, refused, live, soon, paid],
            "proposal": proposals,
            "offer": offers,
            **holds,
            "quote": quotes,
            "recourse": [_recourse(desk)],
            "payment": [paid, live],
            "tender": [_tender(desk, live)],
            "guarantee": _guarantees(desk, contract, proposals),
            "facility": _facilities(desk, proposals),
            **_insurance(desk, live, proposals),
            "policy": [signed.sign(desk)],
            "waiver": [_waiver(desk)],
            "account": [account],
            "order": orders,
            "subcontract": [_worked(desk)],
            "despatch": [f"{supplier}#DA-{number}" for number in numbers],
            "invoice": [f"{supplier}#INV-{number}" for number in numbers],
        },
        {
            "contract": f"{core}#FC-404",
            "agreement": digest("no agreement"),
            "statement": f"{core}#FC-S#S-404",
            "certificate": f"{core}#C-999999",
            "proposal": digest("no proposal"),
            "offer": digest("no offer"),
            **{hold: digest(f"no {hold}") for hold in holds},
            "quote": digest("no quote"),
            "recourse": digest("no recourse"),
            "payment": f"{core}#C-999999",
            "tender": digest("no tender"),
            "guarantee": digest("no guarantee"),
            "facility": digest("no facility"),
            "cover": digest("no cover"),
            "notice": digest("no notice"),
            "claim": digest("no claim"),
            "policy": f"{core}#SP-404",
            "waiver": f"{core}#W-404",
            "account": f"{supplier}#A-999999",
            "order": f"{core}#PO-404",
            "subcontract": f"{core}#PO-404",
            "despatch": f"{supplier}#DA-404",
            "invoice": f"{supplier}#INV-404",
        },
    )


def _holds(desk: Desk, live: str) -> dict[str, list[str]]:
    """Of each kind of hold, one that waits or goes on."""
    pledge = finance.PledgeOffer(certificate=live, amount=10_000, to=friend, secures=zero, days=9)
    lock = finance.Lock(certificate=live, amount=10_000, hours=900, favour=friend)
    cancel = finance.CancelPropose(certificate=live, amount=10_000, reason="agreed")
    dispute = finance.Dispute(certificate=live, amount=10_000, reason="price", evidence=zero)
    return {
        "pledge": [desk.play("finance.pledge.offer/1", maker(supplier), pledge)],
        "lock": [desk.play("finance.lock/1", maker(supplier), lock)],
        "cancellation": [desk.play("finance.cancel.propose/1", maker(core), cancel)],
        "dispute": [desk.play("finance.dispute/1", maker(core), dispute)],
    }


def _proposed(desk: Desk) -> list[str]:
    """What waits for a second person of the core: tolerances, a release, a policy, conditions."""
    service = {"organisation": core, "purpose": "service"}
    release = {"organisation": core, "proposer": maker(core), "signers": [], "status": "open"}
    waiting = digest("release")
    desk.state.apply(
        [
            Change("device", signed.service, service),
            Change("match-release-proposal", waiting, release),
        ]
    )
    conditions = policies.ConditionsPropose(organisation=core, erp_block=False)
    tolerances = finance.TolerancesPropose(**shop.standing)
    return [
        waiting,
        desk.play("finance.tolerances.propose/1", maker(core), tolerances),
        desk.play("finance.policy.propose/1", maker(core), signed.asked()),
        desk.play("finance.conditions.propose/1", maker(core), conditions),
    ]


def _worked(desk: Desk) -> str:
    """An order whose materials the supplier agreed to."""
    order = desk.order("WORKED", finance.OrderLine(line=1, quantity=9, price=price))
    proposal = desk.play("finance.subcontract/1", maker(core), _subcontract(order))
    desk.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposal))
    return order


def _tender(desk: Desk, live: str) -> str:
    """A tender of the supplier in which one bank has sealed a bid."""
    body = finance.TenderOpen(
        certificate=live, amount=10_000, funders=(other_bank,), value_on="2026-02-01"
    )
    tender = desk.play("finance.tender.open/1", maker(supplier), body)
    bid = finance.BidSeal(tender=tender, commitment=zero)
    desk.play("finance.bid.seal/1", maker(other_bank), bid)
    return tender


def _asked_for(name: str) -> finance.GuaranteeRequest:
    return finance.GuaranteeRequest(
        underlying="contract", name=name, bank=other_bank, beneficiary=core, currency="CNY", amount=100,
        valid_from="2026-01-12", expires_on="2026-12-31", documents=(), form=finance.Form(name="URDG 758", sha256=zero),
    )  # fmt: skip


def _guarantees(desk: Desk, contract: str, proposals: list[str]) -> list[str]:
    """One that is asked for, one whose issue and one whose amendment waits for a second person."""
    asked, half, issued = (
        desk.play("finance.guarantee.request/1", maker(supplier), _asked_for(contract))
        for _ in range(3)
    )
    for name in (half, issued):
        body = finance.GuaranteePropose(guarantee=name)
        proposals.append(desk.play("finance.guarantee.propose/1", maker(other_bank), body))
    approve = finance.GuaranteeApprove(proposal=proposals.pop())
    desk.play("finance.guarantee.approve/1", checker(other_bank), approve)
    amend = finance.GuaranteeAmend(guarantee=issued, amount=200)
    proposals.append(desk.play("finance.guarantee.amend/1", maker(other_bank), amend))
    return [asked, half, issued]


def _facilities(desk: Desk, proposals: list[str]) -> list[str]:
    """One that is asked for, and one whose terms wait for a second person."""
    both = {
        "borrower": supplier,
        "funder": other_bank,
        "currency": "CNY",
        "limit": 100,
        "purchases": [],
    }
    asked, half, waiting = digest("facility"), digest("half"), digest("terms")
    row = {**both, **nothing_owed, "order": f"{core}#PO-OPEN", "until": "2027-01-01T00:00:00.000Z"}
    terms = {
        "facility": half,
        "organisation": other_bank,
        "by": "x",
        "signers": [],
        "status": "open",
    }
    desk.state.apply(
        [
            Change("facility", asked, {**row, "status": "requested"}),
            Change("facility", half, {**row, "status": "requested"}),
            Change("facility-proposal", waiting, terms),
        ]
    )
    proposals.append(waiting)
    return [asked, half]


def _insurance(desk: Desk, live: str, proposals: list[str]) -> dict[str, list[str]]:
    """A cover between others with a notice and a claim, and what waits for the insurer's second person."""
    cover, claim, waiting = digest("cover"), digest("claim"), digest("decision")
    sides = {"insurer": other_bank, "insured": supplier, "debtor": core, "certificate": live}
    sides |= {"cover": cover, "currency": "CNY", "claim": claim, "status": "claimed"}
    row = {**sides, "status": "in-force", "until": "2027-01-01T00:00:00.000Z", "debtors": []}
    proposal = {"organisation": other_bank, "proposer": "x", "signers": [], "status": "open"}
    desk.state.apply(
        [
            Change("insurance-cover", cover, row),
            Change("dunning", live, sides, digest("notice")),
            Change("insurance-claim", claim, {**sides, "status": "filed", "amount": 9}),
            Change("cover-proposal", cover, proposal),
            Change("decision-proposal", waiting, {**proposal, "claim": claim, "accepted": 9}),
        ]
    )
    proposals += [cover, waiting]
    return {"cover": [cover], "notice": [digest("notice")], "claim": [claim]}


def _claim(notice: str, certificate: str) -> finance.InsuranceClaim:
    return finance.InsuranceClaim(
        notice=notice,
        insurer=other_bank,
        certificate=certificate,
        currency="CNY",
        loss_minor=1,
        amount_minor=1,
    )


def _terms(name: str) -> finance.FacilityPropose:
    return finance.FacilityPropose(
        facility=name, limit=1, rate_ppm=1, available_until=due_on, repay_on=due_on, account=f"{supplier}#A-1"
    )  # fmt: skip


def _recourse(desk: Desk) -> str:
    """What a bank demanded of the supplier after a default."""
    name = digest("recourse")
    row = {"certificate": f"{core}#C-1", "holder": bank, "party": supplier, "amount": 5, "paid": 0}
    desk.state.apply([Change("recourse", name, {**row, "index": 1, "time": desk.time})])
    return name


def _waiver(desk: Desk) -> str:
    name = f"{core}#W-1"
    desk.state.apply([Change("waiver", name, {"organisation": core})])
    return name


def _account(desk: Desk) -> tuple[str, str]:
    """A bank account of the supplier, and a proposal that it be paid there."""
    details = AttachmentRef(hash=zero, type=accounts.details_type, size=1, grade="restricted")
    body = accounts.AccountRegister(
        organisation=supplier, scheme="bic", bank_code="DEUTDEFF", country="DE", currency="CNY",
        tail="1234", details=details,
    )  # fmt: skip
    desk.play("finance.account.register/1", maker(supplier), body)
    name, waiting = f"{supplier}#A-{desk.index - 1}", digest("payee")
    row = {"organisation": supplier, "currency": "CNY", "account": name, "status": "open"}
    desk.state.apply([Change("payee-proposal", waiting, row)])
    return name, waiting


Make = Callable[[str], Body]


def _propose(name: str) -> Body:
    line = finance.ConfirmLine(line=1, amount=1_000_000)
    return finance.ConfirmPropose(
        invoice=name,
        amount=1_000_000,
        currency="CNY",
        due_on=due_on,
        paying_bank=bank,
        lines=(line,),
    )


def _quote(amount: int, due: str) -> Make:
    def make(name: str) -> Body:
        value_on = "2026-01-22"
        terms = finance.DiscountTerms(amount, 42_000, value_on, due)
        figures = finance.discounted(terms)
        return finance.Quote(
            certificate=name,
            holder=supplier,
            amount=amount,
            rate_ppm=42_000,
            value_on=value_on,
            due_on=due,
            days=figures.days,
            discount=figures.discount,
            net=figures.net,
        )

    return make


def _order(name: str) -> Body:
    row = finance.OrderLine(line=1, quantity=1, price=price)
    return finance.Order(
        number="O",
        buyer=stranger,
        seller=accomplice,
        contract=name,
        currency="EUR",
        ordered_on=due_on,
        lines=(row,),
    )


def _supplement(number: int) -> Make:
    return lambda name: finance.Supplement(
        contract=name, number=number, signed_on=due_on, assignment="banned"
    )


def _change(line: int) -> Make:
    row = finance.OrderLine(line=line, quantity=1, price=price)
    return lambda name: finance.OrderChange(order=name, number=1, lines=(row,))


def _credit(line: int) -> Make:
    row = finance.CreditLine(line=1, invoice_line=line, net=1)
    return lambda name: finance.Credit(
        number="CN",
        seller=accomplice,
        buyer=stranger,
        currency="EUR",
        credited_on=due_on,
        invoice=name,
        lines=(row,),
    )


def _usage(name: str) -> Body:
    row = finance.UsageLine(line=1, order=name, order_line=1, quantity=1)
    return finance.Usage(
        number="U",
        seller=stranger,
        buyer=accomplice,
        used_from=due_on,
        used_until=due_on,
        lines=(row,),
    )


def _subcontract(name: str) -> Body:
    use = finance.subcontracts.Use(order_line=1, item="M", quantity=1)
    material = finance.subcontracts.Material(item="M", part="99.100.8/M")
    return finance.subcontracts.Subcontract(order=name, materials=(material,), uses=(use,))


def _material(moved: Any) -> Make:
    line = finance.subcontracts.MaterialLine(item="M", quantity=1)
    return lambda name: finance.subcontracts.MaterialNote(
        number="M", order=name, moved=moved, moved_on=due_on, lines=(line,)
    )


def _despatch(line: int) -> Make:
    def make(name: str) -> Body:
        row = finance.DespatchLine(line=1, order=name, order_line=line, quantity=1)
        return finance.Despatch(
            number="D", seller=accomplice, buyer=stranger, despatched_on=due_on, lines=(row,)
        )

    return make


def _delivery(name: str) -> Body:
    row = finance.DeliveryLine(order=name, order_line=1, quantity=1)
    return finance.Delivery(
        number="D", buyer=stranger, seller=accomplice, delivered_on=due_on, lines=(row,)
    )


def _invoice(currency: str, buyer: str, seller: str) -> Make:
    def make(name: str) -> Body:
        row = finance.InvoiceLine(line=1, order=name, order_line=1, quantity=1, price=price)
        return finance.Invoice(
            number="I",
            seller=seller,
            buyer=buyer,
            currency=currency,
            invoiced_on=due_on,
            lines=(row,),
        )

    return make


def _scan(step: str, source: str | None, destination: str | None) -> Make:
    def make(name: str) -> Body:
        references = (Reference(type="desadv", id=name), Reference(type="rma", id=f"{core}#R"))
        event = EventSummary(
            digest=digest(f"{step}{source}{destination}"),
            cbv_hash=f"ni:///sha-256;{zero}?ver=CBV2.0",
            type="ObjectEvent",
            time="2026-01-12T02:00:00.000Z",
            biz_step=step,
            action="OBSERVE",
            items=("99.100.9/SN-1",),
            references=references,
            source=source,
            destination=destination,
        )
        document = AttachmentRef(hash=zero, type="application/ld+json", size=1)
        return Capture(events=(event,), document=document)

    return make


def _pay(amount: int, paid_at: str) -> Make:
    return lambda name: finance.Pay(
        certificate=name, amount_minor=amount, evidence=zero, paid_at=paid_at
    )


def _offer(amount: int, to: str) -> Make:
    owed = finance.HopEvidence(kind="contract", name=f"{accomplice}#FC-1", amount=amount)
    return lambda name: finance.TransferOffer(
        certificate=name, amount=amount, to=to, evidence=(owed,)
    )


def _disburse(name: str) -> Body:
    return finance.Disburse(
        quote=name, amount_minor=1, evidence=zero, paid_at="2026-01-20T01:00:00.000Z"
    )


def _instruct(name: str) -> Body:
    registration = finance.Registration(number="Z-1", ends_on="2027-01-01")
    return finance.Instruct(
        quote=name, registration=registration, reference="E-1", sent_at="2026-01-20T01:00:00.000Z"
    )


def _ended(name: str) -> Body:
    return finance.DisburseEnd(
        quote=name, reason="other", evidence=zero, at="2026-01-20T01:00:00.000Z"
    )


def _returned(name: str) -> Body:
    return finance.Returned(
        payment=finance.Payment(certificate=name, index=5),
        payee=supplier,
        amount_minor=1,
        reason="other",
        evidence=zero,
        returned_at="2026-01-20T01:00:00.000Z",
    )


def _received(name: str) -> Body:
    payment = finance.Payment(certificate=name, index=5)
    return finance.Received(payee=supplier, payments=(payment,))


def _recourse_received(name: str) -> Body:
    return finance.RecourseReceived(
        demand=name, amount_minor=1, evidence=zero, paid_at="2026-01-20T01:00:00.000Z"
    )


today = "2026-01-20T01:00:00.000Z"


def _stated(desk: Desk) -> str:
    """A statement of goods that came on the twelfth, the contract's cut-off day."""
    contract = desk.contract(number="FC-S", statement_day=12)
    line = finance.OrderLine(line=1, quantity=5, price=price)
    order = desk.order("STATED", line, contract=contract)
    lot = "99.100.7/LOT-STATED"
    sent = finance.DespatchLine(
        line=1, order=order, order_line=1, quantity=5,
        lots=(finance.LotQuantity(lot=lot, quantity=5),),
    )  # fmt: skip
    now, desk.time = desk.time, "2026-01-12T03:00:00.000Z"
    desk.scan(desk.despatch("STATED", sent), lots=[(lot, 5)])
    desk.time = now
    body, _ = finance.statements.proposal(desk.state, contract, "2026-01-12")
    desk.play("finance.statement.propose/1", maker(core), body)
    return finance.statements.statement_name(contract, body.number)


def _statement(name: str) -> Body:
    return finance.statements.StatementPropose(
        contract=name, number=1, cut_off="2026-01-12", lines=1, net=1, tax=0, gross=1,
        digest="0" * 64,
    )  # fmt: skip


cases: list[tuple[str, str, Make]] = [
    ("finance.order/1", "contract", _order),
    ("finance.contract.supplement/1", "contract", _supplement(1)),
    ("finance.contract.supplement/1", "contract", _supplement(7)),
    ("finance.order.change/1", "order", _change(1)),
    ("finance.order.change/1", "order", _change(7)),
    ("finance.order.cancel/1", "order", lambda n: finance.OrderCancel(order=n, number=1)),
    ("finance.agree/1", "agreement", lambda n: finance.Agree(proposal=n)),
    ("finance.decline/1", "agreement", lambda n: finance.Decline(proposal=n)),
    ("finance.credit/1", "invoice", _credit(1)),
    ("finance.credit/1", "invoice", _credit(7)),
    ("finance.usage/1", "order", _usage),
    ("finance.subcontract/1", "order", _subcontract),
    ("finance.material/1", "subcontract", _material("issue")),
    ("finance.material/1", "subcontract", _material("return")),
    ("finance.statement.propose/1", "contract", _statement),
    (
        "finance.statement.answer/1",
        "statement",
        lambda n: finance.statements.StatementAnswer(statement=n, others="agree"),
    ),
    ("finance.despatch/1", "order", _despatch(1)),
    ("finance.despatch/1", "order", _despatch(7)),
    ("finance.delivery/1", "order", _delivery),
    ("finance.invoice/1", "order", _invoice("CNY", stranger, accomplice)),
    ("finance.invoice/1", "order", _invoice("EUR", core, stranger)),
    ("finance.confirm.propose/1", "invoice", _propose),
    ("finance.confirm.approve/1", "proposal", lambda n: finance.ConfirmApprove(proposal=n)),
    (
        "finance.certificate.accept/1",
        "certificate",
        lambda n: finance.CertificateAccept(certificate=n),
    ),
    (
        "finance.certificate.refuse/1",
        "certificate",
        lambda n: finance.CertificateRefuse(certificate=n),
    ),
    ("finance.transfer.offer/1", "certificate", _offer(1_000_000, accomplice)),
    ("finance.transfer.offer/1", "certificate", _offer(10**10, core)),
    ("finance.transfer.accept/1", "offer", lambda n: finance.TransferAccept(offer=n)),
    ("finance.transfer.refuse/1", "offer", lambda n: finance.TransferRefuse(offer=n)),
    ("finance.transfer.withdraw/1", "offer", lambda n: finance.TransferWithdraw(offer=n)),
    (
        "finance.pledge.offer/1",
        "certificate",
        lambda n: finance.PledgeOffer(certificate=n, amount=9, to=core, secures=zero, days=1),
    ),
    (
        "finance.pledge.accept/1",
        "pledge",
        lambda n: finance.PledgeAccept(pledge=n, registration_number="1"),
    ),
    *[
        (f"finance.pledge.{verb}/1", "pledge", lambda n: finance.PledgeAnswer(pledge=n))
        for verb in ("refuse", "withdraw", "release")
    ],
    ("finance.lock/1", "certificate", lambda n: finance.Lock(certificate=n, amount=9, hours=1)),
    ("finance.lock.release/1", "lock", lambda n: finance.LockRelease(lock=n)),
    (
        "finance.cancel.propose/1",
        "certificate",
        lambda n: finance.CancelPropose(certificate=n, amount=9, reason="agreed"),
    ),
    *[
        (f"finance.cancel.{verb}/1", "cancellation", lambda n: finance.CancelAnswer(cancellation=n))
        for verb in ("agree", "decline", "withdraw")
    ],
    (
        "finance.dispute/1",
        "certificate",
        lambda n: finance.Dispute(certificate=n, amount=9, reason="price", evidence=zero),
    ),
    ("finance.dispute.withdraw/1", "dispute", lambda n: finance.DisputeWithdraw(dispute=n)),
    ("finance.quote/1", "certificate", _quote(1_000_000, due_on)),
    ("finance.quote/1", "certificate", _quote(10**10, due_on)),
    ("finance.quote/1", "certificate", _quote(1_000_000, "2026-07-11")),
    (
        "finance.tender.open/1",
        "certificate",
        lambda n: finance.TenderOpen(
            certificate=n, amount=10_000, funders=(other_bank,), value_on="2026-02-01"
        ),
    ),
    ("finance.tender.withdraw/1", "tender", lambda n: finance.TenderWithdraw(tender=n)),
    ("finance.tender.confide/1", "tender", lambda n: finance.TenderConfide(tender=n)),
    ("finance.tender.decline/1", "tender", lambda n: finance.TenderDecline(tender=n)),
    ("finance.bid.seal/1", "tender", lambda n: finance.BidSeal(tender=n, commitment=zero)),
    (
        "finance.bid.open/1",
        "tender",
        lambda n: finance.BidOpen(
            tender=n, rate_ppm=1, salt=zero, due_on=due_on, days=1, discount=1, net=1
        ),
    ),
    (
        "finance.facility.request/1",
        "order",
        lambda n: finance.FacilityRequest(
            order=n, funder=other_bank, limit=1, purchases=(f"{core}#PO-404",)
        ),
    ),
    ("finance.facility.propose/1", "facility", _terms),
    ("finance.facility.decline/1", "facility", lambda n: finance.FacilityDecline(facility=n)),
    ("finance.facility.approve/1", "proposal", lambda n: finance.FacilityApprove(proposal=n)),
    ("finance.facility.accept/1", "facility", lambda n: finance.FacilityAccept(facility=n)),
    (
        "finance.advance.draw/1",
        "facility",
        lambda n: finance.AdvanceDraw(
            facility=n, purchase=f"{core}#PO-404", amount=1, mandate=finance.mandate
        ),
    ),
    (
        "finance.advance.instruct/1",
        "facility",
        lambda n: finance.AdvanceInstruct(facility=n, advance=zero),
    ),
    (
        "finance.advance.paid/1",
        "facility",
        lambda n: finance.AdvancePaid(
            facility=n, advance=zero, currency="CNY", amount=1, evidence=zero, paid_at=today
        ),
    ),
    (
        "finance.advance.unpaid/1",
        "facility",
        lambda n: finance.AdvanceUnpaid(facility=n, advance=zero),
    ),
    (
        "finance.advance.repaid/1",
        "facility",
        lambda n: finance.AdvanceRepaid(
            facility=n,
            account=f"{supplier}#A-1",
            currency="CNY",
            amount=1,
            evidence=zero,
            paid_at=today,
        ),
    ),
    ("finance.guarantee.request/1", "contract", _asked_for),
    (
        "finance.guarantee.decline/1",
        "guarantee",
        lambda n: finance.GuaranteeDecline(guarantee=n),
    ),
    (
        "finance.guarantee.propose/1",
        "guarantee",
        lambda n: finance.GuaranteePropose(guarantee=n),
    ),
    ("finance.guarantee.approve/1", "proposal", lambda n: finance.GuaranteeApprove(proposal=n)),
    (
        "finance.guarantee.amend/1",
        "guarantee",
        lambda n: finance.GuaranteeAmend(guarantee=n, amount=300),
    ),
    (
        "finance.guarantee.answer/1",
        "guarantee",
        lambda n: finance.AmendmentAnswer(guarantee=n, amendment=zero, accepted=True),
    ),
    (
        "finance.guarantee.demand/1",
        "guarantee",
        lambda n: finance.GuaranteeDemand(guarantee=n, amount=1, documents=()),
    ),
    (
        "finance.guarantee.refuse/1",
        "guarantee",
        lambda n: finance.DemandRefuse(guarantee=n, demand=zero, reasons=("No",)),
    ),
    (
        "finance.guarantee.paid/1",
        "guarantee",
        lambda n: finance.DemandPaid(
            guarantee=n, demand=zero, currency="CNY", amount=1, evidence=zero, paid_at=today
        ),
    ),
    ("finance.guarantee.release/1", "guarantee", lambda n: finance.GuaranteeRelease(guarantee=n)),
    ("finance.insurance.approve/1", "proposal", lambda n: finance.CoverApprove(proposal=n)),
    (
        "finance.insurance.answer/1",
        "cover",
        lambda n: finance.CoverAnswer(cover=n, accepted=True),
    ),
    (
        "finance.insurance.declare/1",
        "cover",
        lambda n: finance.CoverDeclare(cover=n, certificate=f"{core}#C-1", amount=100),
    ),
    (
        "finance.insurance.notice/1",
        "certificate",
        lambda n: finance.DunningNotice(certificate=n),
    ),
    ("finance.insurance.claim/1", "notice", lambda n: _claim(n, f"{core}#C-1")),
    (
        "finance.insurance.decide/1",
        "claim",
        lambda n: finance.ClaimDecide(claim=n, accepted_minor=0),
    ),
    ("finance.insurance.decide.approve/1", "proposal", lambda n: finance.ClaimApprove(proposal=n)),
    (
        "finance.insurance.paid/1",
        "claim",
        lambda n: finance.ClaimPaid(
            claim=n, currency="CNY", amount_minor=1, evidence=zero, paid_at=today
        ),
    ),
    ("finance.limit.approve/1", "proposal", lambda n: finance.LimitApprove(proposal=n)),
    ("finance.tolerances.approve/1", "proposal", lambda n: finance.TolerancesApprove(proposal=n)),
    (
        "finance.match.release.propose/1",
        "invoice",
        lambda n: finance.ReleasePropose(invoice=n, line=1, reasons=("retained",)),
    ),
    ("finance.match.release.approve/1", "proposal", lambda n: finance.ReleaseApprove(proposal=n)),
    ("finance.policy.approve/1", "proposal", lambda n: policies.PolicyApprove(proposal=n)),
    ("finance.policy.stop/1", "policy", lambda n: policies.PolicyStop(policy=n, reason="mistake")),
    (
        "finance.policy.confirm/1",
        "policy",
        lambda n: signed.confirmation(n, f"{supplier}#INV-OPEN", 1_000),
    ),
    (
        "finance.conditions.propose/1",
        "waiver",
        lambda n: policies.ConditionsPropose(organisation=stranger, erp_block=False, waiver=n),
    ),
    ("finance.conditions.approve/1", "proposal", lambda n: policies.ConditionsApprove(proposal=n)),
    (
        "finance.erp.confirm/1",
        "certificate",
        lambda n: policies.ErpConfirm(certificate=n, blocked=True, unassigned=True, reference=zero),
    ),
    (
        "finance.notice.give/1",
        "certificate",
        lambda n: policies.NoticeGive(certificate=n, hop=7, to=stranger, amount=1),
    ),
    (
        "finance.notice.acknowledge/1",
        "certificate",
        lambda n: policies.NoticeAcknowledge(certificate=n, hop=7),
    ),
    ("finance.quote.accept/1", "quote", lambda n: finance.QuoteAccept(quote=n)),
    ("finance.instruct/1", "quote", _instruct),
    ("finance.disburse/1", "quote", _disburse),
    ("finance.interest.propose/1", "quote", lambda n: finance.InterestPropose(quote=n)),
    ("finance.interest.approve/1", "proposal", lambda n: finance.InterestApprove(proposal=n)),
    (
        "finance.interest.pay/1",
        "quote",
        lambda n: finance.InterestPay(quote=n, amount_minor=1, evidence=zero, paid_at=today),
    ),
    (
        "finance.interest.return/1",
        "quote",
        lambda n: finance.InterestReturn(quote=n, reason="other", evidence=zero, at=today),
    ),
    ("finance.disburse.receive/1", "quote", lambda n: finance.DisburseAnswer(quote=n)),
    ("finance.disburse.fail/1", "quote", _ended),
    ("finance.disburse.return/1", "quote", _ended),
    (
        "finance.registration.renew/1",
        "quote",
        lambda n: finance.RegistrationRenew(
            quote=n, registration=finance.Registration(number="Z-2", ends_on="2028-01-01")
        ),
    ),
    (
        "finance.registration.cancel/1",
        "quote",
        lambda n: finance.RegistrationCancel(quote=n, number="Z-1"),
    ),
    ("finance.pay.receive/1", "payment", _received),
    ("finance.pay.return/1", "payment", _returned),
    (
        "finance.pay.late/1",
        "certificate",
        lambda n: finance.PayLate(
            certificate=n, amount_minor=1, evidence=zero, paid_at="2026-01-20T01:00:00.000Z"
        ),
    ),
    (
        "finance.recourse.demand/1",
        "certificate",
        lambda n: finance.RecourseDemand(certificate=n, party=supplier),
    ),
    (
        "finance.ordinary.paid/1",
        "invoice",
        lambda n: finance.OrdinaryPaid(
            invoice=n, currency="CNY", amount_minor=1, reference="E2E", evidence=zero, paid_at=today
        ),
    ),
    (
        "finance.ordinary.close/1",
        "invoice",
        lambda n: finance.OrdinaryClose(invoice=n, reference="E2E", how="mistake", at=today),
    ),
    ("finance.recourse.receive/1", "recourse", _recourse_received),
    ("finance.pay/1", "certificate", _pay(1_000_000, today)),
    ("finance.pay/1", "certificate", _pay(10**10, "2026-01-01T01:00:00.000Z")),
    (
        "finance.account.attest/1",
        "account",
        lambda n: accounts.AccountAttest(account=n, belongs=True),
    ),
    (
        "finance.account.challenge/1",
        "account",
        lambda n: accounts.AccountChallenge(account=n, digest=zero),
    ),
    (
        "finance.account.answer/1",
        "account",
        lambda n: accounts.AccountAnswer(account=n, amount_minor=1),
    ),
    (
        "finance.account.reveal/1",
        "account",
        lambda n: accounts.AccountReveal(account=n, amount_minor=1, salt=zero),
    ),
    (
        "finance.account.close/1",
        "account",
        lambda n: accounts.AccountClose(account=n, reason="closed"),
    ),
    ("finance.payee.approve/1", "proposal", lambda n: accounts.PayeeApprove(proposal=n)),
    ("finance.payee.cancel/1", "proposal", lambda n: accounts.PayeeCancel(proposal=n)),
    ("trace.capture/1", "despatch", _scan("receiving", supplier, stranger)),
    ("trace.capture/1", "despatch", _scan("receiving", supplier, core)),
    ("trace.capture/1", "despatch", _scan("receiving", None, None)),
    ("trace.capture/1", "despatch", _scan("shipping", stranger, supplier)),
    ("trace.capture/1", "despatch", _scan("shipping", core, supplier)),
]


def told(desk: Desk, kind: str, author: str, body: Body, name: str) -> object:
    """What the sender is told: the problem, in which the name it gave stands as a blank."""
    try:
        desk.rules.judge(desk.state, desk.act(kind, author, body))
    except RuleError as refusal:
        problem = refusal.problem()
        return {**problem, "detail": str(problem["detail"]).replace(name, "<name>")}
    return "accepted"


def answers(world: World, kind: str, names: Sequence[str], make: Make) -> list[Any]:
    authors = (maker, checker, scanner, lambda firm: f"{firm}-BOTH", lambda firm: firm)
    return [
        [told(world.desk, kind, author(stranger), make(name), name) for author in authors]
        for name in names
    ]


@pytest.mark.parametrize(("kind", "named", "make"), cases)
def test_what_is_not_a_strangers_is_refused_as_what_is_not_there(
    world: World, kind: str, named: str, make: Make
) -> None:
    """A stranger once learned paying bank, due date, face and status of a certificate it guessed."""
    (ghost,) = answers(world, kind, [world.ghosts[named]], make)
    for name, real in zip(
        world.names[named], answers(world, kind, world.names[named], make), strict=True
    ):
        assert real == ghost, name


def test_every_type_of_finance_is_in_the_table(world: World) -> None:
    finance_types = {name for name in world.desk.rules.types if name.startswith("finance.")}
    assert {kind for kind, _, _ in cases} - {
        "trace.capture/1"
    } == finance_types - names_nothing - by_officers - by_node


def test_the_table_reaches_what_it_is_about(world: World) -> None:
    """Each case, by some author, gets beyond roles and capacities to the name."""
    for kind, named, make in cases:
        (found,) = answers(world, kind, [world.ghosts[named]], make)
        codes = {answer["code"] if isinstance(answer, dict) else answer for answer in found}
        assert codes & {
            "accepted",
            "document-unknown",
            "hold-unknown",
            "ordinary-payment-unknown",
            f"{named}-unknown",
        }, (
            kind,
            codes,
        )


def test_a_quote_to_an_accomplice_tells_nothing(world: World) -> None:
    """A bank and a firm that work together cannot learn of a certificate by quote and acceptance."""
    said = []
    for name in (*world.names["certificate"], world.ghosts["certificate"]):
        desk = world.desk
        body = _quote(1_000_000, due_on)(name).model_copy(update={"holder": accomplice})
        quote = desk.play("finance.quote/1", maker(stranger), body)
        answer = finance.QuoteAccept(quote=quote)
        said.append(told(desk, "finance.quote.accept/1", maker(accomplice), answer, name))
    assert all(answer == said[-1] for answer in said)
    assert said[-1]["code"] == "certificate-unknown"  # type: ignore[index]


def test_parties_are_told_what_is_wrong(world: World) -> None:
    """The same entries by parties are refused in words."""
    desk, (offered, _, live, soon, paid) = world.desk, world.names["certificate"]
    for kind, author, body, name, detail in (
        ("finance.pay/1", maker(supplier), _pay(1, today)(soon), soon, f"{bank} pays <name>"),
        ("finance.pay/1", maker(bank), _pay(1, today)(live), live, f"due on {due_on}"),
        ("finance.pay/1", maker(bank), _pay(1, today)(paid), paid, "<name> is settled"),
        (
            "finance.transfer.offer/1",
            maker(supplier),
            _offer(1, friend)(offered),
            offered,
            "<name> is offered",
        ),
    ):
        answer: Any = told(desk, kind, author, body, name)
        assert detail in answer["detail"]
