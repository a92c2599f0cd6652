"""Trade credit insurance: cover, declaration, notice, grace, waiting period, claim, decision, payment, subrogation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.finance.desk import bank, checker, core, maker, other_bank, supplier
from tests.finance.insurance.desk import (
    Insurance,
    claimable,
    due,
    face,
    friend,
    grace_over,
    insurer,
    limit,
    overdue,
)

from tallystick import finance
from tallystick.finance.errors import (
    AccountRefused,
    CertificateUnknown,
    EvidenceUsed,
    EvidenceWrong,
    IssuerStopped,
    Matured,
    NotEnoughFree,
    ProposalUnknown,
    SamePerson,
)
from tallystick.finance.insurance import errors
from tallystick.finance.insurance.counting import InsuredDifference, differences
from tallystick.finance.settlement.errors import NotInArrears, RecourseRefused, RecourseUnknown
from tallystick.identity import NotEntitled
from tallystick.ledger import Change, RuleError
from tallystick.ledger.rules import OwnKeyRequired

loss, claimed, own = 34_818_575, 31_336_718, 3_481_857


@pytest.fixture
def desk() -> Insurance:
    return Insurance()


def refused(desk: Insurance, error: type[RuleError], act: Callable[[], object]) -> None:
    """Refused by name, and nothing is changed."""
    before = sorted(desk.state.documents())
    with pytest.raises(error):
        act()
    assert sorted(desk.state.documents()) == before


def test_the_worked_case_to_the_cent(desk: Insurance) -> None:
    """finance.md §6.5: bank short 348,185.75, insured 90 %: claim 313,367.18, own loss 34,818.57."""
    name, claim = desk.filed()
    desk.decided(claim, claimed)
    row = desk.row("insurance-claim", claim)
    assert (row["status"], row["pay_by"]) == ("accepted", "2026-08-15")
    others = desk.debt(name)["SUP"]
    desk.claim_paid(claim, claimed)
    assert desk.debt(name) == {"SUP": others, "BANK": own, "INS": claimed}
    (taken,) = desk.row("insurance-claim", claim)["taken"]
    assert taken["end"] - taken["start"] == claimed
    assert (
        desk.row("dunning", name, desk.row("insurance-claim", claim)["notice"])["status"]
        == "closed"
    )
    desk.check(name)
    # What the debtor pays later is the insurer's for its units, with late interest.
    desk.time = "2026-07-31T04:00:00.000Z"
    desk.pay(name, 100_000_000, desk.time)
    paid = {row["holder"]: row for row in desk.rows("payout", name).values()}
    assert paid[insurer]["amount"] == claimed
    late = desk.row("arrears", name)["late_due"]
    assert late == finance.late_interest(100_000_000, 21)
    assert sum(row.get("late", 0) for row in paid.values()) == late
    desk.pay_late(name, late)
    assert desk.row("certificate", name)["status"] == "settled"
    assert desk.row("arrears", name)["status"] == "cured"
    desk.check(name)


def test_principal_and_late_interest_within_grace_withdraw_the_notice(desk: Insurance) -> None:
    name, notice = desk.short()
    desk.block("2026-07-20T03:00:00.000Z")
    desk.pay(name, 100_000_000, desk.time)
    assert desk.row("dunning", name, notice)["status"] == "open"
    desk.pay_late(name, desk.row("arrears", name)["late_due"])
    assert desk.row("dunning", name, notice)["status"] == "withdrawn"
    desk.block(grace_over)
    assert desk.row("dunning", name, notice)["status"] == "withdrawn"
    assert desk.row("standing", core)["defaults"] == 0
    desk.block(claimable)
    refused(desk, errors.ClaimClosed, lambda: desk.claim(notice, name, 1, 1))
    refused(desk, NotInArrears, lambda: desk.notice(name))


def test_after_grace_claim_and_default_begin_together(desk: Insurance) -> None:
    name, notice = desk.short()
    desk.block("2026-07-22T15:00:00.000Z")
    assert desk.row("dunning", name, notice)["status"] == "open"
    assert desk.row("arrears", name)["status"] == "overdue"
    desk.block(grace_over)
    assert desk.row("dunning", name, notice)["status"] == "unpaid"
    assert desk.row("arrears", name)["status"] == "default"
    assert desk.row("standing", core)["defaults"] == 1
    # The ordinary day of default passes, and counts no second time.
    desk.block("2026-08-10T16:00:00.000Z")
    assert desk.row("standing", core)["defaults"] == 1


def test_no_claim_within_grace_or_waiting_period(desk: Insurance) -> None:
    name, notice = desk.short()
    for time in (overdue, "2026-07-22T15:59:59.999Z"):
        desk.time = time
        refused(desk, errors.ClaimTooEarly, lambda: desk.claim(notice, name, loss, claimed))
    desk.block(grace_over)
    desk.time = "2026-07-30T15:59:59.999Z"
    refused(desk, errors.ClaimTooEarly, lambda: desk.claim(notice, name, loss, claimed))
    desk.time = claimable
    assert desk.claim(notice, name, loss, claimed)


def test_a_late_notice_puts_off_the_claim(desk: Insurance) -> None:
    """Grace that begins late ends behind the waiting period."""
    name = desk.live(face)
    desk.declare(desk.cover(supplier), name, 100_000_000, supplier)
    desk.block(due)
    desk.block(overdue)
    desk.block("2026-08-01T03:00:00.000Z")
    notice = desk.notice(name, supplier)
    assert desk.row("dunning", name, notice)["claim_on"] == "2026-08-12"


def test_a_notice_is_for_what_is_overdue_insured_and_once(desk: Insurance) -> None:
    name = desk.live(face)
    desk.declare(desk.cover(supplier), name, 100_000_000, supplier)
    refused(desk, NotInArrears, lambda: desk.notice(name, supplier))
    desk.block(due)
    refused(desk, NotInArrears, lambda: desk.notice(name, supplier))
    desk.block(overdue)
    refused(desk, errors.NotInsured, lambda: desk.notice(name, core))
    refused(desk, CertificateUnknown, lambda: desk.notice(name, other_bank))
    assert desk.notice(name, supplier)
    refused(desk, errors.NoticeStands, lambda: desk.notice(name, supplier))


def test_a_claim_is_the_insured_share_of_what_is_unpaid(desk: Insurance) -> None:
    name, notice = desk.short()
    desk.block(grace_over)
    desk.block(claimable)
    other = f"{core}#C-999"
    wrong = errors.ClaimWrong
    refused(desk, wrong, lambda: desk.claim(notice, name, loss, claimed + 1))
    refused(desk, wrong, lambda: desk.claim(notice, name, loss + 1, claimed))
    refused(desk, wrong, lambda: desk.claim(notice, name, loss, claimed, currency="USD"))
    refused(desk, wrong, lambda: desk.claim(notice, name, loss, claimed, insurer=bank))
    refused(desk, errors.NoticeUnknown, lambda: desk.claim(notice, other, loss, claimed))
    refused(desk, errors.NoticeUnknown, lambda: desk.claim("0" * 64, name, loss, claimed))
    refused(desk, errors.NoticeUnknown, lambda: desk.claim(notice, name, loss, claimed, supplier))
    above = limit + 1
    refused(desk, errors.DebtorLimitReached, lambda: desk.claim(notice, name, above, claimed))
    desk.claim(notice, name, loss, claimed)
    refused(desk, errors.ClaimClosed, lambda: desk.claim(notice, name, loss, claimed))


def test_two_persons_of_the_insurer_decide_with_a_reason(desk: Insurance) -> None:
    _, claim = desk.filed()
    refused(desk, errors.DecisionWrong, lambda: desk.decide(claim, claimed + 1, "More"))
    refused(desk, errors.DecisionWrong, lambda: desk.decide(claim, claimed - 1))
    proposal = desk.decide(claim, claimed)
    alone = Change(
        "person", maker(insurer), {"organisation": insurer, "roles": ["maker", "checker"]}
    )
    desk.state.apply([alone])
    refused(desk, SamePerson, lambda: desk.approve_decision(proposal, maker(insurer)))
    refused(desk, ProposalUnknown, lambda: desk.approve_decision(proposal, checker(bank)))
    refused(desk, errors.ClaimClosed, lambda: desk.claim_paid(claim, claimed))
    desk.approve_decision(proposal)
    refused(desk, errors.ClaimClosed, lambda: desk.decide(claim, claimed))
    refused(desk, ProposalUnknown, lambda: desk.approve_decision(proposal))


def test_what_is_rejected_is_insured_no_more(desk: Insurance) -> None:
    name, claim = desk.filed()
    cover = desk.row("insurance-claim", claim)["cover"]
    assert desk.insured(cover) == loss
    desk.decided(claim, 0, "The goods were disputed")
    assert desk.row("insurance-claim", claim)["reason"] == "The goods were disputed"
    assert desk.insured(cover) == 0
    refused(desk, errors.NotInsured, lambda: desk.notice(name))
    refused(desk, errors.ClaimClosed, lambda: desk.claim_paid(claim, claimed))
    desk.check(name)


def test_a_part_is_accepted_and_paid(desk: Insurance) -> None:
    name, claim = desk.filed()
    desk.decided(claim, 20_000_000, "Part of it was delivered late")
    refused(desk, EvidenceWrong, lambda: desk.claim_paid(claim, claimed))
    desk.claim_paid(claim, 20_000_000, by=bank)
    assert desk.debt(name)["INS"] == 20_000_000
    assert desk.debt(name)["BANK"] == loss - 20_000_000
    # The rest is the bank's own, and insured no more.
    refused(desk, errors.NotInsured, lambda: desk.notice(name))
    desk.check(name)


def test_evidence_of_the_payment_fits_and_counts_once(desk: Insurance) -> None:
    name, claim = desk.filed()
    desk.decided(claim, claimed)
    used = desk.evidence()
    desk.pay(name, 100, desk.time)
    first = desk.rows("payout", name)
    used = next(reversed(first.values()))["evidence"]
    # 100 minor units more are paid: the loss is smaller, and so is what the insurer owes.
    less = desk.row("claim", name, bank)
    due_now = finance.insured_claim(less["due"] - less["paid"], 900_000)
    assert due_now < claimed
    refused(desk, EvidenceWrong, lambda: desk.claim_paid(claim, claimed))
    for changed in (
        {"currency": "USD"},
        {"penalty_minor": 1},
        {"paid_at": "2026-07-29T03:00:00.000Z"},
        {"paid_at": "2026-08-29T03:00:00.000Z"},
    ):
        refused(desk, EvidenceWrong, lambda told=changed: desk.claim_paid(claim, due_now, **told))  # type: ignore[misc]
    for who in (core, supplier):
        refused(desk, errors.ClaimUnknown, lambda by=who: desk.claim_paid(claim, due_now, by=by))  # type: ignore[misc]
    elsewhere = f"{bank}#A-1"
    refused(desk, AccountRefused, lambda: desk.claim_paid(claim, due_now, account=elsewhere))
    refused(desk, EvidenceUsed, lambda: desk.claim_paid(claim, due_now, by=bank, evidence=used))
    desk.claim_paid(claim, due_now)
    refused(desk, errors.ClaimClosed, lambda: desk.claim_paid(claim, due_now))
    desk.check(name)


def test_what_the_debtor_pays_in_between_is_not_paid_twice(desk: Insurance) -> None:
    name, claim = desk.filed()
    desk.decided(claim, claimed)
    desk.pay(name, 100_000_000, desk.time)
    refused(desk, errors.ClaimClosed, lambda: desk.claim_paid(claim, claimed))
    assert desk.row("insurance-claim", claim)["status"] == "accepted"
    desk.pay_late(name, desk.row("arrears", name)["late_due"])
    assert desk.row("insurance-claim", claim)["status"] == "withdrawn"
    refused(desk, errors.ClaimClosed, lambda: desk.claim_paid(claim, claimed))


def test_an_insurer_that_pays_late_owes_its_penalty(desk: Insurance) -> None:
    """Ten days behind 15 August, at 0.05 % a day: 1,566.84 on 313,367.18."""
    name, claim = desk.filed()
    desk.decided(claim, claimed)
    desk.time = "2026-08-25T03:00:00.000Z"
    refused(desk, EvidenceWrong, lambda: desk.claim_paid(claim, claimed))
    desk.claim_paid(claim, claimed, penalty_minor=156_684)
    assert desk.row("insurance-claim", claim)["penalty"] == 156_684
    desk.check(name)


def covered_by_recourse(desk: Insurance, **terms: str) -> tuple[str, str, str]:
    """A bank holds 1,000,000.00, insured and with the seller's recourse; it asked both. Certificate, demand, claim."""
    name = desk.live(face)
    desk.disburse(desk.financed(name, 100_000_000, recourse="seller"), "2026-03-16T02:00:00.000Z")
    desk.declare(desk.cover(**terms), name, 100_000_000)
    desk.block(due)
    desk.block(overdue)
    notice = desk.notice(name)
    desk.block(grace_over)
    asked = desk.demand(name, supplier)
    desk.block(claimable)
    claim = desk.claim(notice, name, 100_000_000, 90_000_000)
    desk.decided(claim, 90_000_000)
    return name, asked, claim


def test_recourse_passes_to_the_insurer_where_the_cover_says_so(desk: Insurance) -> None:
    """The seller owes the insurer what it owed the bank, and each cent to one of them (I25)."""
    name, asked, claim = covered_by_recourse(desk, recourse="passes")
    desk.recovered(asked, 40_000_000)
    desk.claim_paid(claim, 54_000_000)
    assert desk.debt(name) == {"SUP": face - 60_000_000, "INS": 54_000_000, "BANK": 6_000_000}
    (taken,) = desk.row("insurance-claim", claim)["taken"]
    # The bank's demand reaches what it still holds, the insurer's what is the insurer's.
    refused(desk, RecourseRefused, lambda: desk.recovered(asked, 6_000_001))
    mine = desk.demand(name, supplier, by=insurer)
    assert desk.row("recourse", mine)["amount"] == 54_000_000
    refused(desk, RecourseUnknown, lambda: desk.recovered(mine, 1, by=bank))
    refused(desk, RecourseRefused, lambda: desk.recovered(mine, 54_000_001, by=insurer))
    desk.recovered(mine, 14_000_000, by=insurer)
    desk.recovered(mine, 40_000_000, by=insurer)
    desk.recovered(asked, 6_000_000)
    # Whoever paid holds exactly that interval, without recourse or cover, and nobody is asked again.
    (whole,) = desk.rows("holding", name).values()
    assert (whole["start"], whole["end"], whole["holder"]) == (0, face, supplier)
    assert taken["end"] - taken["start"] == 54_000_000
    for by, demand in ((bank, asked), (insurer, mine)):
        refused(desk, RecourseRefused, lambda one=demand, who=by: desk.recovered(one, 1, by=who))  # type: ignore[misc]
        refused(desk, RecourseRefused, lambda who=by: desk.demand(name, supplier, by=who))  # type: ignore[misc]
    assert desk.debt(name) == {"SUP": face}
    desk.check(name)


@pytest.mark.parametrize("terms", [{}, {"recourse": "ends"}])
def test_recourse_ends_with_the_payment_unless_the_cover_says_more(
    desk: Insurance, terms: dict[str, str]
) -> None:
    """And such a cover is the document that it was before there was a term."""
    name, _, claim = covered_by_recourse(desk, **terms)
    desk.claim_paid(claim, 90_000_000)
    refused(desk, RecourseRefused, lambda: desk.demand(name, supplier, by=insurer))
    cover = desk.row("insurance-claim", claim)["cover"]
    assert "recourse" not in desk.row("insurance-cover", cover)


def test_what_the_debtor_pays_is_recovered_no_more(desk: Insurance) -> None:
    """Discharged parties cannot be pursued: the debtor pays the insurer, and the seller stands in for the rest alone."""
    name, _, claim = covered_by_recourse(desk, recourse="passes")
    desk.claim_paid(claim, 90_000_000)
    mine = desk.demand(name, supplier, by=insurer)
    desk.pay(name, 450_000_000, desk.time)
    left = desk.debt(name)["INS"]
    assert left == 45_000_000
    refused(desk, RecourseRefused, lambda: desk.recovered(mine, left + 1, by=insurer))
    desk.recovered(mine, left, by=insurer)
    assert "INS" not in desk.debt(name)
    desk.check(name)


def test_nobody_is_asked_twice_for_what_the_insurer_paid(desk: Insurance) -> None:
    """The seller stood in by recourse: for the insurer's units no more, for the bank's own loss as before (I25)."""
    name = desk.live(face)
    desk.disburse(desk.financed(name, 100_000_000, recourse="seller"), "2026-03-16T02:00:00.000Z")
    desk.declare(desk.cover(), name, 100_000_000)
    desk.block(due)
    desk.block(overdue)
    notice = desk.notice(name)
    desk.block(grace_over)
    asked = desk.demand(name, supplier)
    desk.block(claimable)
    claim = desk.claim(notice, name, 100_000_000, 90_000_000)
    desk.decided(claim, 90_000_000)
    desk.recovered(asked, 40_000_000)
    due_now = 54_000_000
    refused(desk, EvidenceWrong, lambda: desk.claim_paid(claim, 90_000_000))
    desk.claim_paid(claim, due_now)
    assert desk.debt(name) == {"SUP": face - 60_000_000, "INS": due_now, "BANK": 6_000_000}
    refused(desk, RecourseRefused, lambda: desk.recovered(asked, 6_000_001))
    desk.recovered(asked, 6_000_000)
    refused(desk, RecourseRefused, lambda: desk.demand(name, supplier))
    refused(desk, RecourseRefused, lambda: desk.demand(name, supplier, by=insurer))
    desk.check(name)


def test_the_limit_of_a_debtor_counts_what_is_insured_and_unpaid(desk: Insurance) -> None:
    cover = desk.cover(supplier)
    first, second = desk.live(limit, "1"), desk.live(face, "2")
    desk.declare(cover, first, limit - 100_00, supplier)
    refused(desk, errors.DebtorLimitReached, lambda: desk.declare(cover, second, 100_01, supplier))
    desk.declare(cover, second, 100_00, supplier)
    assert desk.insured(cover) == limit
    # Units that are passed on are the next holder's, who insures them under a cover of its own.
    desk.transfer(first, supplier, friend, limit)
    assert desk.insured(cover) == 100_00
    own_cover = desk.cover(friend)
    desk.declare(own_cover, first, limit, friend)
    assert desk.insured(own_cover) == limit
    desk.check(first)
    desk.check(second)


def test_what_is_declared_is_free_not_due_and_of_a_named_debtor(desk: Insurance) -> None:
    name = desk.live(face)
    cover = desk.cover(supplier)
    refused(desk, errors.CoverUnknown, lambda: desk.declare(cover, name, 100_00, bank))
    refused(desk, NotEntitled, lambda: desk.declare(cover, name, 100_00, insurer))
    desk.transfer(name, supplier, friend, face - 100_00)
    refused(desk, NotEnoughFree, lambda: desk.declare(cover, name, 100_01, supplier))
    dollars = finance.InsuredDebtor(debtor=core, currency="USD", limit=limit)
    other = desk.cover(friend, debtors=(dollars,))
    refused(desk, errors.DebtorNotInsured, lambda: desk.declare(other, name, 100_00, friend))
    desk.declare(cover, name, 100_00, supplier)
    refused(desk, NotEnoughFree, lambda: desk.declare(cover, name, 100_00, supplier))
    again = desk.cover(supplier)
    refused(desk, errors.InsuredElsewhere, lambda: desk.declare(again, name, 100_00, supplier))
    late = desk.cover(friend, valid_from="2026-02-01")
    refused(desk, errors.CoverNotInForce, lambda: desk.declare(late, name, 100_00, friend))
    desk.block(due)
    refused(desk, Matured, lambda: desk.declare(late, name, 100_00, friend))


def test_of_a_debtor_in_arrears_nothing_more_is_insured(desk: Insurance) -> None:
    desk.live(face, due_on="2026-06-01")
    later, cover = desk.live(face, "2"), desk.cover(supplier)
    desk.block("2026-06-01T03:00:00.000Z")
    desk.block("2026-06-02T16:00:00.000Z")
    refused(desk, IssuerStopped, lambda: desk.declare(cover, later, 100_00, supplier))


def test_a_cover_ends_with_its_last_day_and_what_is_declared_stays_insured(desk: Insurance) -> None:
    name = desk.live(face)
    cover = desk.cover(supplier, expires_on="2026-03-31")
    desk.declare(cover, name, 100_00, supplier)
    desk.time = "2026-03-31T16:00:00.000Z"
    refused(desk, errors.CoverNotInForce, lambda: desk.declare(cover, name, 100_00, supplier))
    desk.block(desk.time)
    assert desk.row("insurance-cover", cover)["status"] == "ended"
    refused(desk, errors.CoverNotInForce, lambda: desk.declare(cover, name, 100_00, supplier))
    for time in (due, overdue):
        desk.block(time)
    assert desk.notice(name, supplier)


def test_a_cover_is_offered_by_two_and_accepted(desk: Insurance) -> None:
    name = desk.propose_cover()
    refused(desk, errors.CoverUnknown, lambda: desk.answer(name))
    refused(desk, NotEntitled, lambda: desk.approve_cover(name, maker(insurer)))
    refused(desk, ProposalUnknown, lambda: desk.approve_cover(name, checker(bank)))
    desk.approve_cover(name)
    refused(desk, errors.CoverUnknown, lambda: desk.answer(name, supplier))
    refused(desk, NotEntitled, lambda: desk.answer(name, insurer))
    refused(desk, errors.CoverNotInForce, lambda: desk.declare(name, f"{core}#C-1", 1))
    desk.answer(name, accepted=False)
    assert desk.row("insurance-cover", name)["status"] == "declined"
    refused(desk, errors.CoverNotInForce, lambda: desk.answer(name))
    lapsing = desk.propose_cover(valid_hours=1)
    desk.approve_cover(lapsing)
    desk.time = "2026-01-12T03:00:00.000Z"
    refused(desk, errors.CoverNotInForce, lambda: desk.answer(lapsing))
    desk.block(desk.time)
    assert desk.row("insurance-cover", lapsing)["status"] == "lapsed"


def test_terms_go_together(desk: Insurance) -> None:
    debtor = finance.InsuredDebtor(debtor=core, currency="CNY", limit=1)
    wrong = errors.CoverWrong
    refused(desk, wrong, lambda: desk.propose_cover(debtors=(debtor, debtor)))
    refused(desk, wrong, lambda: desk.propose_cover(expires_on="2026-01-11"))
    refused(desk, wrong, lambda: desk.propose_cover(insured=core))
    refused(desk, wrong, lambda: desk.propose_cover(insured=insurer))
    refused(desk, NotEntitled, lambda: desk.propose_cover(by=maker(bank)))
    stranger = finance.InsuredDebtor(debtor=supplier, currency="CNY", limit=1)
    refused(desk, NotEntitled, lambda: desk.propose_cover(debtors=(stranger,)))
    body = finance.CoverAnswer(cover="0" * 64, accepted=True)
    with pytest.raises(OwnKeyRequired):
        desk.play("finance.insurance.answer/1", maker(bank), body, "node")


def test_a_payment_that_comes_back_can_be_claimed(desk: Insurance) -> None:
    """Its cents are owed again as they were, insured; a claim that was paid before stays as it is."""
    name, claim = desk.filed()
    desk.decided(claim, claimed)
    desk.claim_paid(claim, claimed)
    desk.pay(name, 50_000_000, desk.time)
    before = desk.debt(name)
    desk.came_back(name, bank, returned_at=desk.time)
    assert desk.debt(name)["BANK"] > before["BANK"]
    refused(desk, errors.NotInsured, lambda: desk.notice(name))
    desk.check(name)


def test_the_audit_finds_a_counter_that_was_changed(desk: Insurance) -> None:
    name = desk.live(face)
    cover = desk.cover(supplier)
    desk.declare(cover, name, 100_00, supplier)
    part = f"{core} CNY"
    desk.state.apply([Change("insured-debtor", cover, {"limit": limit, "insured": 1}, part)])
    assert list(differences(desk.state)) == [InsuredDifference(cover, part, 1, 100_00)]
