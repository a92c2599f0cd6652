"""Pledge, lock, freeze, dispute, cancellation and sale: what each does, its end, and who may not."""

from __future__ import annotations

from typing import Any

import pytest
from tests.finance.desk import bank, checker, core, digest, maker, other_bank, supplier
from tests.finance.holdings.vault import Vault, case, friend, node, order, other

from tallystick import finance
from tallystick.finance.errors import (
    EvidenceUsed,
    EvidenceWrong,
    NotEnoughFree,
    OfferUnknown,
    ProposalUnknown,
    SameParty,
    SamePerson,
    SplitBudgetSpent,
    WrongStatus,
)
from tallystick.finance.holdings.errors import (
    DisputedBefore,
    EndRefused,
    HoldEnded,
    HoldUnknown,
    NothingToFreeze,
)
from tallystick.finance.hops.errors import EvidenceMissing, SaleUnfit
from tallystick.finance.settlement.errors import ClaimsWait
from tallystick.identity import NotEntitled
from tallystick.ledger.rules import OwnKeyRequired
from tallystick.ledger.state import Change

face = 900_000_000
half = face // 2
maturity = "2026-07-10T03:00:00.000Z"
later = "2026-03-01T00:00:00.000Z"


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def live(vault: Vault) -> str:
    return vault.live(face)


def everything(vault: Vault) -> dict[Any, Any]:
    return dict(vault.state.documents())


def test_a_pledge_stays_with_its_holder_and_pays_the_pledgee(vault: Vault, live: str) -> None:
    pledge = vault.pledged(live, supplier, bank, half, days=400)
    assert vault.states(live) == {(supplier, "free"): half, (supplier, "pledged"): half}
    with pytest.raises(NotEnoughFree):
        vault.offer(live, supplier, friend, half + 1)
    vault.time = maturity
    vault.pay(live, 100, maturity)
    vault.pay(live, face - 100, maturity)
    paid = vault.rows("claim", live)
    assert {who: claim["paid"] for who, claim in paid.items()} == {bank: half, supplier: half}
    assert vault.row("certificate", live)["status"] == "settled"
    with pytest.raises((HoldEnded, WrongStatus)):
        vault.answer_pledge("release", pledge, bank)


def test_only_the_pledgee_releases_a_pledge(vault: Vault, live: str) -> None:
    before = vault.rows("holding", live)
    pledge = vault.pledged(live, supplier, bank, half)
    for by, error in ((supplier, NotEntitled), (friend, HoldUnknown)):
        with pytest.raises(error):
            vault.answer_pledge("release", pledge, by)
    vault.answer_pledge("release", pledge, bank)
    assert vault.rows("holding", live) == before
    with pytest.raises(HoldEnded):
        vault.answer_pledge("release", pledge, bank)


@pytest.mark.parametrize(
    ("verb", "by"), [("refuse", bank), ("withdraw", supplier)], ids=["refuse", "withdraw"]
)
def test_an_unanswered_pledge_leaves_no_trace(vault: Vault, live: str, verb: str, by: str) -> None:
    before = vault.rows("holding", live), vault.splits(live)
    pledge = vault.pledge(live, supplier, bank, half)
    assert vault.states(live)[supplier, "locked"] == half
    vault.answer_pledge(verb, pledge, by)
    assert (vault.rows("holding", live), vault.splits(live)) == before
    with pytest.raises(HoldEnded):
        vault.take_pledge(pledge, bank)


def test_a_pledge_ends_by_itself(vault: Vault, live: str) -> None:
    pledge = vault.pledged(live, supplier, bank, half, days=2)
    vault.block("2026-01-13T00:00:00.000Z")
    assert vault.row("pledge", pledge)["status"] == "pledged"
    vault.block("2026-01-14T03:00:00.000Z")
    assert vault.row("pledge", pledge)["status"] == "ended"
    assert vault.states(live) == {(supplier, "free"): face}


def test_a_lock_holds_until_its_end_and_only_whom_it_favours_opens_it(
    vault: Vault, live: str
) -> None:
    alone = vault.lock(live, supplier, half, hours=5)
    favour = vault.lock(live, supplier, 10_000, hours=500, favour=friend)
    with pytest.raises(NotEnoughFree):
        vault.offer(live, supplier, other, half)
    with pytest.raises(NotEntitled, match="nobody's favour"):
        vault.play("finance.lock.release/1", maker(supplier), finance.LockRelease(lock=alone))
    with pytest.raises(NotEntitled):
        vault.play("finance.lock.release/1", maker(supplier), finance.LockRelease(lock=favour))
    with pytest.raises(SameParty):
        vault.lock(live, supplier, 10_000, 1, favour=supplier)
    vault.play("finance.lock.release/1", maker(friend), finance.LockRelease(lock=favour))
    vault.block("2026-01-12T08:00:00.000Z")
    assert vault.states(live) == {(supplier, "free"): face}
    vault.check_splits(live)


def test_two_people_of_the_verifying_node_freeze_and_lift(vault: Vault, live: str) -> None:
    freeze = vault.freeze(live, supplier, half)
    assert vault.states(live) == {(supplier, "free"): half, (supplier, "frozen"): half}
    assert vault.row("freeze", freeze)["case"] == case
    assert vault.row("freeze-count", "public") == {
        "entered": 1, "extended": 0, "lifted": 0, "ended": 0, "in_force": 1,
    }  # fmt: skip
    with pytest.raises(NotEnoughFree):
        vault.offer(live, supplier, friend, half + 1)
    vault.change_freeze(freeze, "2026-12-31")
    assert vault.row("freeze", freeze)["ends_on"] == "2026-12-31"
    vault.change_freeze(freeze, None)
    assert vault.states(live) == {(supplier, "free"): face}
    assert vault.row("freeze-count", "public") == {
        "entered": 1, "extended": 1, "lifted": 1, "ended": 0, "in_force": 0,
    }  # fmt: skip
    with pytest.raises(HoldUnknown):
        vault.change_freeze(freeze, None)


def test_one_person_of_a_node_freezes_nothing(vault: Vault, live: str) -> None:
    proposal = vault.propose_freeze(live, supplier, half, "2026-06-30")
    assert vault.states(live) == {(supplier, "free"): face}
    both = {"organisation": node, "roles": ["maker", "checker"]}
    vault.state.apply([Change("person", maker(node), both)])
    with pytest.raises(SamePerson):
        vault.approve_freeze(proposal, maker(node))
    body = finance.FreezeApprove(proposal=proposal)
    with pytest.raises(OwnKeyRequired):
        vault.play("finance.freeze.approve/1", checker(node), body, custody="node")
    for stranger in (checker(supplier), checker(bank), checker(core)):
        with pytest.raises(NotEntitled):
            vault.approve_freeze(proposal, stranger)
    vault.approve_freeze(proposal)
    with pytest.raises(ProposalUnknown):
        vault.approve_freeze(proposal)


def test_a_node_freezes_only_whom_it_verified(vault: Vault, live: str) -> None:
    """And learns nothing else: what is not there, and what is not the holder's, look the same."""
    elsewhere, row = "88/O-ELSE", dict(vault.row("organisation", friend))
    vault.state.apply([Change("organisation", elsewhere, {**row, "node": "88"})])
    vault.state.apply([Change("prefix", "88", {"holder": "88/O-NODE", "role": "node"})])
    for name, holder in ((live, elsewhere), (live, friend), (f"{core}#C-999999", supplier)):
        with pytest.raises(NothingToFreeze):
            vault.propose_freeze(name, holder, half, "2026-06-30")
    for ends_on in ("2026-01-11", "2029-12-31"):
        with pytest.raises(EndRefused):
            vault.propose_freeze(live, supplier, half, ends_on)
    freeze = vault.freeze(live, supplier, half)
    with pytest.raises(EndRefused):
        vault.change_freeze(freeze, "2026-06-30")


def test_nobody_escapes_an_order_by_offering(vault: Vault, live: str) -> None:
    offer = vault.offer(live, supplier, friend, face)
    vault.freeze(live, supplier, half)
    assert vault.row("offer", offer)["status"] == "frozen"
    assert vault.states(live) == {(supplier, "free"): half, (supplier, "frozen"): half}
    assert vault.rows("evidence-use", f"contract {supplier}#HOPS-O-FRIEND") == {}


def test_frozen_units_take_no_money_until_the_freeze_ends(vault: Vault, live: str) -> None:
    freeze = vault.freeze(live, supplier, half, "2026-12-31")
    vault.time = maturity
    with pytest.raises(ClaimsWait, match=f"{supplier}: frozen; at most {half} minor units"):
        vault.pay(live, half + 1, maturity)
    vault.pay(live, half, maturity)
    head = vault.row("certificate", live)
    assert (head["status"], head["paid"]) == ("partially_paid", half)
    with pytest.raises(ClaimsWait, match="at most 0"):
        vault.pay(live, 1, maturity)
    vault.change_freeze(freeze, None)
    vault.pay(live, half, maturity)
    assert vault.row("certificate", live)["status"] == "settled"
    claims = vault.rows("claim", live)
    assert {who: (row["due"], row["paid"]) for who, row in claims.items()} == {
        supplier: (face, face)
    }


def test_a_freeze_while_payment_goes_on_reaches_what_is_still_owed(vault: Vault, live: str) -> None:
    vault.transfer(live, supplier, friend, half)
    vault.time = maturity
    vault.pay(live, half, maturity)  # a half of each one's half
    freeze = vault.freeze(live, friend, half, "2026-12-31")
    assert vault.row("freeze", freeze)["amount"] == half // 2
    with pytest.raises(ClaimsWait, match=f"{friend}: frozen"):
        vault.pay(live, half, maturity)
    vault.pay(live, half // 2, maturity)
    vault.block("2027-01-02T00:00:00.000Z")
    assert vault.row("freeze", freeze)["status"] == "ended"
    vault.pay(live, half // 2, vault.time)
    assert vault.row("certificate", live)["status"] == "settled"


def test_a_freeze_above_a_pledge_leaves_the_pledge(vault: Vault, live: str) -> None:
    vault.pledged(live, supplier, bank, half, days=400)
    freeze = vault.freeze(live, supplier, face)
    assert vault.row("freeze", freeze)["pledgees"] == [bank]
    vault.block("2026-07-02T00:00:00.000Z")
    assert vault.states(live) == {(supplier, "free"): half, (supplier, "pledged"): half}
    vault.check_splits(live)


def test_a_dispute_does_not_reach_what_the_first_holder_passed_on(vault: Vault, live: str) -> None:
    vault.transfer(live, supplier, friend, half)
    dispute = vault.dispute(live, face)
    assert vault.states(live) == {(supplier, "locked"): half, (friend, "free"): half}
    vault.transfer(live, friend, other, half)
    with pytest.raises(DisputedBefore):
        vault.dispute(live, half)
    vault.play("finance.dispute.withdraw/1", maker(core), finance.DisputeWithdraw(dispute=dispute))
    assert vault.states(live) == {(supplier, "free"): half, (other, "free"): half}


def test_a_dispute_ends_and_stops_no_payment(vault: Vault, live: str) -> None:
    vault.dispute(live, half, days=2)
    vault.block("2026-01-14T03:00:00.000Z")
    assert vault.states(live) == {(supplier, "free"): face}
    second = vault.live(face, "2")
    vault.time = "2026-07-09T00:00:00.000Z"
    held = vault.dispute(second, face, days=60)
    vault.time = maturity
    vault.pay(second, face, maturity)
    assert vault.row("dispute", held)["status"] == "matured"
    assert vault.row("certificate", second)["status"] == "settled"


def test_nothing_is_left_to_dispute_once_all_was_passed_on(vault: Vault, live: str) -> None:
    vault.transfer(live, supplier, friend, face)
    with pytest.raises(NotEnoughFree, match="passed on"):
        vault.dispute(live, face)
    body = finance.Dispute(certificate=live, amount=1, reason="price", evidence=order, days=1)
    with pytest.raises(NotEntitled):
        vault.play("finance.dispute/1", maker(supplier), body)


def test_the_whole_is_cancelled_by_both_while_all_of_it_is_free(vault: Vault, live: str) -> None:
    """I14; its invoice may be confirmed again."""
    invoice = vault.row("certificate", live)["invoice"]
    assert finance.match_invoice(vault.state, invoice).confirmable == 0
    asked = vault.cancel(live, face)
    for by, error in ((core, NotEntitled), (friend, HoldUnknown)):
        with pytest.raises(error):
            vault.answer_cancel("agree", asked, by)
    vault.answer_cancel("agree", asked)
    assert vault.row("certificate", live)["status"] == "cancelled"
    assert vault.states(live) == {(supplier, "cancelled"): face}
    assert finance.match_invoice(vault.state, invoice).confirmable == face
    vault.approve(vault.propose(invoice, face))
    before = everything(vault)
    for act in (
        lambda: vault.offer(live, supplier, friend, face),
        lambda: vault.freeze(live, supplier, face),
        lambda: vault.cancel(live, face),
    ):
        with pytest.raises((WrongStatus, NothingToFreeze)):
            act()
    assert {k: v for k, v in everything(vault).items() if k[1] == live} == {
        k: v for k, v in before.items() if k[1] == live
    }


def test_a_part_is_cancelled_and_the_rest_is_paid(vault: Vault, live: str) -> None:
    vault.answer_cancel("agree", vault.cancel(live, 100_000_000, by=supplier), core)
    vault.transfer(live, supplier, friend, 300_000_000)
    vault.time = maturity
    vault.pay(live, 800_000_000, maturity)
    assert vault.row("certificate", live)["status"] == "settled"
    claims = {who: row["paid"] for who, row in vault.rows("claim", live).items()}
    assert claims == {supplier: 500_000_000, friend: 300_000_000}
    vault.check_partition(live)


def test_units_that_left_the_first_hand_or_are_promised_are_not_cancelled(
    vault: Vault, live: str
) -> None:
    vault.transfer(live, supplier, friend, half)
    with pytest.raises(NotEnoughFree):
        vault.cancel(live, half + 1)
    with pytest.raises(NotEntitled):
        vault.cancel(live, 10_000, by=friend)
    asked = vault.cancel(live, half)
    vault.lock(live, supplier, 10_000, hours=1)
    with pytest.raises(NotEnoughFree):
        vault.answer_cancel("agree", asked)
    vault.answer_cancel("decline", asked)
    with pytest.raises(HoldEnded):
        vault.answer_cancel("agree", asked)
    lapsed = vault.cancel(live, 10_000)
    vault.block(later)
    assert vault.row("cancellation", lapsed)["status"] == "expired"


def test_whoever_proposed_a_cancellation_withdraws_it(vault: Vault, live: str) -> None:
    asked = vault.cancel(live, half)
    with pytest.raises(NotEntitled):
        vault.answer_cancel("withdraw", asked)
    vault.answer_cancel("withdraw", asked, core)
    with pytest.raises(HoldEnded):
        vault.answer_cancel("agree", asked)


def test_a_funder_sells_what_it_financed_to_another_funder(vault: Vault, live: str) -> None:
    """Fabric commercial paper: `buy` never looked at the price, and no money moved."""
    quote = vault.financed(live, supplier, half, bank)
    offer = vault.sell(live, bank, other_bank, 100_000_000, 98_765_432)
    with pytest.raises(OfferUnknown):
        vault.buy(offer, friend)
    with pytest.raises(EvidenceWrong, match="record of the price"):
        vault.accept(offer, other_bank)
    with pytest.raises(EvidenceWrong):
        vault.buy(offer, other_bank, "2026-01-11T00:00:00.000Z")
    vault.buy(offer, other_bank)
    assert vault.balances(live) == {bank: 350_000_000, other_bank: 100_000_000, supplier: half}
    batches = {row["holder"]: row["batch"] for row in vault.rows("holding", live).values()}
    assert batches == {supplier: "", bank: quote, other_bank: quote}
    vault.check_splits(live)


def test_one_record_of_a_bank_pays_for_one_sale(vault: Vault, live: str) -> None:
    """The defect of others: the same receipt shown twice."""
    vault.financed(live, supplier, half, bank)
    first = vault.sell(live, bank, other_bank, 100_000_000, 98_765_432)
    record = vault.evidence()
    vault.buy(first, other_bank, payment=record)
    second = vault.sell(live, bank, other_bank, 10_000, 9_999)
    with pytest.raises(EvidenceUsed):
        vault.buy(second, other_bank, payment=record)
    vault.buy(second, other_bank)


def test_only_funders_trade_without_trade_and_only_what_was_financed(
    vault: Vault, live: str
) -> None:
    for seller, to in ((supplier, friend), (supplier, bank)):
        with pytest.raises(NotEntitled):
            vault.sell(live, seller, to, half, half)
    vault.transfer(live, supplier, bank, half)
    with pytest.raises(NotEnoughFree):
        vault.sell(live, bank, other_bank, half, half)
    body = finance.TransferOffer(certificate=live, amount=half, to=friend)
    with pytest.raises(EvidenceMissing):
        vault.play("finance.transfer.offer/1", maker(supplier), body)
    both = body.model_copy(
        update={
            "evidence": (vault.hop(bank, other_bank, half),),
            "sale": finance.Sale(agreement=order, price=1),
            "to": other_bank,
        }
    )
    with pytest.raises(SaleUnfit):
        vault.play("finance.transfer.offer/1", maker(bank), both)
    offer = vault.offer(live, supplier, friend, half)
    with pytest.raises(SaleUnfit):
        vault.buy(offer, friend)


def test_a_holder_without_splits_pledges_and_moves_the_whole(vault: Vault) -> None:
    invoice = vault.delivered(face)
    live = vault.approve(vault.propose(invoice, face, splits=0))
    vault.accept_certificate(live)
    for act in (
        lambda: vault.offer(live, supplier, friend, half),
        lambda: vault.pledge(live, supplier, bank, half),
        lambda: vault.lock(live, supplier, half, 1),
        lambda: vault.answer_cancel("agree", vault.cancel(live, half)),
    ):
        with pytest.raises(SplitBudgetSpent):
            act()
    vault.freeze(live, supplier, half)
    vault.check_splits(live)
    vault.transfer(live, supplier, friend, half)
    assert vault.balances(live) == {friend: half, supplier: half}


def test_a_pledgee_is_neither_holder_nor_debtor(vault: Vault, live: str) -> None:
    for to in (supplier, core):
        with pytest.raises(SameParty):
            vault.pledge(live, supplier, to, half)
    pledge = vault.pledge(live, supplier, bank, half)
    with pytest.raises(HoldUnknown):
        vault.take_pledge(pledge, other_bank)
    body = finance.PledgeAccept(pledge=pledge, registration_number="1")
    with pytest.raises(OwnKeyRequired):
        vault.play("finance.pledge.accept/1", checker(bank), body, custody="node")


@pytest.mark.parametrize("wrong", ["", "a b", "x\ny", "名" * 61, "<b>"])
def test_a_case_number_is_no_free_text(wrong: str) -> None:
    with pytest.raises(ValueError, match="case"):
        finance.FreezePropose(
            certificate=f"{core}#C-1", holder=supplier, amount=1, order=digest("o"), case=wrong,
            ends_on="2026-06-30",
        )  # fmt: skip
