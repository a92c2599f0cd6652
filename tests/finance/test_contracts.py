"""Contracts at the root of orders: agreed by both, ended, banning assignment, bounding the payment term."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from tests.finance.desk import Desk, checker, core, maker, supplier

from tallystick import finance
from tallystick.finance.agreements.contracts import admit_papers
from tallystick.finance.agreements.errors import (
    AnsweredAlready,
    AssignmentBanned,
    ChangeNumberWrong,
    ContractEnded,
    ContractNotAgreed,
    ContractUnknown,
    PaperDiffers,
    PaymentTermExceeded,
)
from tallystick.finance.errors import (
    DateRefused,
    DocumentExists,
    DocumentWrong,
    NotAMatch,
    SameParty,
)
from tallystick.identity import NotEntitled
from tallystick.ledger import AttachmentRef, OwnKeyRequired, RuleError

friend, face = "99.100/O-FRIEND", 1_000_000
price = finance.Price(amount=100)
line = finance.OrderLine(line=1, quantity=1000, price=price)


@pytest.fixture
def desk() -> Desk:
    return Desk([friend])


def contract(**terms: Any) -> finance.Contract:
    stated: dict[str, Any] = {
        "number": "FC-9",
        "buyer": core,
        "seller": supplier,
        "currency": "CNY",
        "signed_on": "2026-01-01",
        "valid_from": "2026-01-01",
        "payment_days": 90,
        **terms,
    }
    return finance.Contract(**stated)


def supplement(desk: Desk, name: str, number: int, *, agreed: bool = True, **terms: Any) -> str:
    body = finance.Supplement(contract=name, number=number, signed_on="2026-01-10", **terms)
    proposal = desk.play("finance.contract.supplement/1", maker(supplier), body)
    if agreed:
        desk.play("finance.agree/1", checker(core), finance.Agree(proposal=proposal))
    return proposal


def test_a_contract_binds_once_the_other_party_agreed(desk: Desk) -> None:
    proposal = desk.play("finance.contract/1", maker(supplier), contract())
    name = f"{supplier}#FC-9"
    assert desk.row("contract", name)["status"] == "proposed"
    agree = finance.Agree(proposal=proposal)
    for author, error in ((maker(supplier), NotEntitled), (maker(friend), RuleError)):
        with pytest.raises(error):
            desk.play("finance.agree/1", author, agree)
    with pytest.raises(OwnKeyRequired):
        desk.play("finance.agree/1", maker(core), agree, custody="node")
    desk.play("finance.agree/1", maker(core), agree)
    assert desk.row("contract", name)["status"] == "agreed"
    with pytest.raises(AnsweredAlready, match="was agreed"):
        desk.play("finance.decline/1", maker(core), finance.Decline(proposal=proposal))


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ({"seller": core}, SameParty),
        ({"valid_until": "2025-12-31"}, DocumentWrong),
        ({"valid_until": "2026-02-30"}, DateRefused),
        ({"signed_on": "2026-13-01"}, DateRefused),
        ({"seller": "99.100/O-NOBODY"}, RuleError),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(
    desk: Desk, terms: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        desk.play("finance.contract/1", maker(core), contract(**terms))


def test_a_number_stands_for_one_contract_of_its_author(desk: Desk) -> None:
    desk.play("finance.contract/1", maker(core), contract())
    with pytest.raises(DocumentExists):
        desk.play("finance.contract/1", maker(core), contract(payment_days=30))
    desk.play("finance.contract/1", maker(supplier), contract())


@pytest.mark.parametrize(
    ("of_contract", "of_order", "error"),
    [
        ({"valid_until": "2026-01-01"}, {}, ContractEnded),
        ({"valid_from": "2026-01-03"}, {}, ContractEnded),
        ({"currency": "USD"}, {}, DocumentWrong),
        ({"seller": friend}, {}, DocumentWrong),
        ({}, {"contract": f"{core}#FC-404"}, ContractUnknown),
    ],
)
def test_an_order_that_its_contract_does_not_carry_is_refused(
    desk: Desk, of_contract: dict[str, Any], of_order: dict[str, Any], error: type[Exception]
) -> None:
    name = desk.contract(**{"number": "FC-9", "seller": supplier, **of_contract})
    with pytest.raises(error):
        desk.order("PO-9", line, **{"contract": name, **of_order})


def test_a_declined_contract_carries_no_order(desk: Desk) -> None:
    proposal = desk.play("finance.contract/1", maker(core), contract())
    desk.play("finance.decline/1", maker(supplier), finance.Decline(proposal=proposal))
    with pytest.raises(ContractNotAgreed, match="declined"):
        desk.order("PO-9", line, contract=f"{core}#FC-9")


def test_nothing_is_confirmed_on_a_contract_of_one_side(desk: Desk) -> None:
    """The seller's rubber contract is put on record by the buyer alone."""
    proposal = desk.play("finance.contract/1", maker(core), contract(number="FC-O-SUP"))
    invoice = desk.delivered(face)
    with pytest.raises(ContractNotAgreed):
        desk.propose(invoice, face, "2026-04-01")
    match = finance.match_invoice(desk.state, invoice)
    assert (match.status, match.reasons, match.confirmable) == (
        "rejected",
        ("contract-not-agreed",),
        0,
    )
    desk.play("finance.agree/1", maker(supplier), finance.Agree(proposal=proposal))
    desk.approve(desk.propose(invoice, face, "2026-04-01"))


def test_goods_ordered_in_time_are_confirmed_after_the_end(desk: Desk) -> None:
    desk.contract(valid_until="2026-01-05")
    invoice = desk.delivered(face)
    certificate = desk.approve(desk.propose(invoice, face))
    assert desk.row("certificate", certificate)["contracts"] == [f"{core}#FC-O-SUP"]


def test_an_end_that_both_set_before_the_order_holds_the_invoice(desk: Desk) -> None:
    name = desk.contract()
    invoice = desk.delivered(face)
    supplement(desk, name, 1, valid_until="2026-01-01")
    assert finance.match_invoice(desk.state, invoice).reasons == ("contract-ended",)
    with pytest.raises(ContractEnded):
        desk.propose(invoice, face)
    supplement(desk, name, 2, valid_until="2026-12-31")
    desk.propose(invoice, face)


def test_a_supplement_counts_when_it_is_agreed_and_numbers_follow(desk: Desk) -> None:
    name = desk.contract()
    with pytest.raises(ChangeNumberWrong, match="next number is 1"):
        supplement(desk, name, 2, payment_days=30)
    with pytest.raises(DocumentWrong, match="changes no term"):
        supplement(desk, name, 1)
    open_one = supplement(desk, name, 1, agreed=False, payment_days=30)
    assert desk.row("contract", name)["payment_days"] == 730
    with pytest.raises(ChangeNumberWrong, match="waits for its answer"):
        supplement(desk, name, 2, payment_days=20)
    desk.play(
        "finance.decline/1", checker(core), finance.Decline(proposal=open_one, reason="terms")
    )
    assert desk.row("contract", name)["payment_days"] == 730
    with pytest.raises(AnsweredAlready, match="declined"):
        supplement(desk, name, 1, payment_days=30)
    supplement(desk, name, 2, payment_days=30)
    assert desk.row("contract", name)["payment_days"] == 30


@pytest.mark.parametrize(
    ("terms", "latest", "late"),
    [
        ({"payment_days": 90}, "2026-04-10", "2026-04-11"),
        ({"payment_days": 90, "payment_from": "receipt"}, "2026-04-12", "2026-04-13"),
    ],
)
def test_a_certificate_does_not_stretch_the_payment_term(
    desk: Desk, terms: dict[str, Any], latest: str, late: str
) -> None:
    """Invoiced 2026-01-10, received 2026-01-12."""
    desk.contract(**terms)
    invoice = desk.delivered(face)
    with pytest.raises(PaymentTermExceeded, match=f"due by {latest}"):
        desk.propose(invoice, face, late)
    desk.approve(desk.propose(invoice, face, latest))


def test_a_term_that_shrank_since_the_proposal_counts_for_the_approval(desk: Desk) -> None:
    name = desk.contract()
    proposal = desk.propose(desk.delivered(face), face)
    supplement(desk, name, 1, payment_days=10)
    with pytest.raises(PaymentTermExceeded):
        desk.approve(proposal)


def test_a_ban_on_assignment_keeps_the_certificate_with_its_holder(desk: Desk) -> None:
    """Civil Code art. 545: the ban is fixed at issue, and lifted by both parties."""
    name = desk.contract(assignment="banned")
    live = desk.live(face)
    assert desk.row("certificate", live)["assignment"] == "banned"
    with pytest.raises(AssignmentBanned, match="FC-O-SUP"):
        desk.offer(live, supplier, friend, face)
    quote = desk.quote(live, supplier, face, 42_000, "2026-01-20")
    with pytest.raises(AssignmentBanned):
        desk.take(quote, supplier)
    assert desk.balances(live) == {supplier: face}
    assert "545" in AssignmentBanned(live).diagnosis()
    supplement(desk, name, 1, assignment="free")
    desk.transfer(live, supplier, friend, face)


def test_a_ban_that_comes_later_touches_no_certificate(desk: Desk) -> None:
    name = desk.contract()
    live = desk.live(face)
    supplement(desk, name, 1, assignment="banned")
    desk.transfer(live, supplier, friend, face)
    assert desk.row("certificate", desk.live(face, "2"))["assignment"] == "banned"


def test_papers_are_those_whose_digests_the_body_states() -> None:
    data = b"%PDF-1.7 contract"
    reference = AttachmentRef(hash="a" * 64, type="application/pdf", size=len(data))
    paper = finance.Paper(document=reference, digest=hashlib.sha256(data).hexdigest())
    admit_papers(contract(papers=(paper,)), {"a" * 64: data})
    with pytest.raises(PaperDiffers):
        admit_papers(contract(papers=(paper,)), {"a" * 64: data + b"!"})


def test_the_match_of_a_clerk_and_the_refusal_agree(desk: Desk) -> None:
    """What the match shows as held is what confirming refuses."""
    desk.play("finance.contract/1", maker(core), contract(number="FC-O-SUP"))
    invoice = desk.delivered(face)
    for reason in finance.match_invoice(desk.state, invoice).reasons:
        with pytest.raises((NotAMatch, ContractNotAgreed)) as refused:
            desk.propose(invoice, face, "2026-04-01")
        assert refused.value.code == reason
