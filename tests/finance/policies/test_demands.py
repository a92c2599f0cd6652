"""What a core enterprise asks before its certificates live: the ERP's word, a waiver that two signed; and notices."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from tests.finance.desk import Desk, bank, checker, core, maker, scanner, supplier, zero
from tests.finance.policies.signed import desk, friend, service

from tallystick import finance
from tallystick.finance.errors import Ended, ProposalUnknown, SamePerson, WrongStatus
from tallystick.finance.policies import (
    ConditionsApprove,
    ConditionsPropose,
    ErpConfirm,
    NoticeAcknowledge,
    NoticeGive,
    WaiverRegister,
)
from tallystick.finance.policies.demands import admit_waiver
from tallystick.finance.policies.errors import (
    ErpBlockAwaited,
    ErpNotAwaited,
    HopUnknown,
    NoticeAcknowledged,
    NoticeGiven,
    WaiverTextWrong,
    WaiverUnknown,
)
from tallystick.identity import NotEntitled
from tallystick.ledger import AttachmentRef, RuleError
from tallystick.ledger.state import Change

text = "我方放弃抗辩……".encode()


@pytest.fixture
def at() -> Desk:
    return desk()


def waiver(**changed: Any) -> WaiverRegister:
    named = AttachmentRef(hash=zero, type="text/plain", size=len(text), grade="public")
    told = {"organisation": core, "version": "2026-1", "language": "zh", "text": named}
    told |= {"sha256": hashlib.sha256(text).hexdigest(), "review": "1" * 64}
    return WaiverRegister(**{**told, **changed})


def conditions(at: Desk, **asked: Any) -> None:
    body = ConditionsPropose(**{"organisation": core, "erp_block": True, **asked})
    proposal = at.play("finance.conditions.propose/1", maker(core), body)
    at.play("finance.conditions.approve/1", checker(core), ConditionsApprove(proposal=proposal))


def offered(at: Desk, number: str = "1") -> str:
    return at.approve(at.propose(at.delivered(90_000, number), 90_000))


def says(
    at: Desk, name: str, by: str = service, *, blocked: bool = True, unassigned: bool = True
) -> None:
    body = ErpConfirm(certificate=name, blocked=blocked, unassigned=unassigned, reference=zero)
    at.play("finance.erp.confirm/1", by, body)


def test_nobody_accepts_before_the_erp_has_confirmed(at: Desk) -> None:
    conditions(at)
    name = offered(at)
    with pytest.raises(ErpBlockAwaited):
        at.accept_certificate(name)
    for blocked, unassigned in ((False, True), (True, False), (False, False)):
        says(at, name, blocked=blocked, unassigned=unassigned)
        assert at.row("certificate", name)["erp"]["status"] == "contradicted"
        with pytest.raises(ErpBlockAwaited):
            at.accept_certificate(name)
    at.block("2026-01-15T02:00:00.000Z")
    says(at, name)
    found = at.row("certificate", name)
    assert (found["erp"]["status"], found["accept_until"]) == (
        "confirmed",
        "2026-01-25T02:00:00.000Z",
    )
    at.block("2026-01-24T02:00:00.000Z")
    at.accept_certificate(name)
    found = at.row("certificate", name)
    assert (found["status"], found["accepted_time"]) == ("live", "2026-01-24T02:00:00.000Z")
    with pytest.raises(WrongStatus):
        says(at, name)


def test_what_was_issued_before_the_conditions_is_not_asked(at: Desk) -> None:
    name = offered(at)
    conditions(at)
    with pytest.raises(ErpNotAwaited):
        says(at, name)
    at.accept_certificate(name)


@pytest.mark.parametrize("by", [service, maker(core), checker(core), "99.100/P-CLERK"])
def test_a_clerk_or_software_of_the_issuer_says_it(at: Desk, by: str) -> None:
    clerk = {"organisation": core, "roles": ["finance"]}
    at.state.apply([Change("person", "99.100/P-CLERK", clerk)])
    conditions(at)
    name = offered(at)
    for nobody in (scanner(core), maker(supplier), maker(bank)):
        with pytest.raises(NotEntitled):
            says(at, name, nobody)
    with pytest.raises(RuleError):
        says(at, name, maker(friend))
    says(at, name, by)
    assert at.row("certificate", name)["erp"]["by"] == by
    with pytest.raises(ErpNotAwaited):
        says(at, name, by)


def test_without_an_answer_it_lapses_and_gives_everything_back(at: Desk) -> None:
    conditions(at)
    name = offered(at)
    until = at.row("certificate", name)["accept_until"]
    at.time = until
    with pytest.raises(ErpNotAwaited):
        says(at, name)
    at.block(until)
    found = at.row("certificate", name)
    assert (found["status"], found["ended_time"]) == ("lapsed", until)
    assert finance.match_invoice(at.state, found["invoice"]).confirmable == 90_000


def test_accepting_refusing_and_lapsing_have_their_times(at: Desk) -> None:
    accepted, refused, lapsed = (offered(at, number) for number in "123")
    at.block("2026-01-13T02:00:00.000Z")
    at.accept_certificate(accepted)
    body = finance.CertificateRefuse(certificate=refused, reason="wrong due date")
    at.play("finance.certificate.refuse/1", maker(supplier), body)
    at.block("2026-01-22T02:00:00.000Z")
    told = [at.row("certificate", name) for name in (accepted, refused, lapsed)]
    assert [row["status"] for row in told] == ["live", "refused", "lapsed"]
    assert told[0]["accepted_time"] == told[1]["ended_time"] == "2026-01-13T02:00:00.000Z"
    assert told[2]["ended_time"] == told[2]["accept_until"] == "2026-01-22T02:00:00.000Z"
    with pytest.raises(WrongStatus):
        at.accept_certificate(lapsed)


def test_an_answer_at_the_end_is_too_late_before_a_block_says_so(at: Desk) -> None:
    name = offered(at)
    at.time = at.row("certificate", name)["accept_until"]
    with pytest.raises(Ended):
        at.accept_certificate(name)


def test_two_persons_sign_the_waiver_and_certificates_name_it(at: Desk) -> None:
    at.play("finance.waiver.register/1", maker(core), waiver())
    text_name = f"{core}#W-{at.index - 1}"
    before = offered(at, "1")
    conditions(at, erp_block=False, waiver=text_name)
    after = offered(at, "2")
    assert "waiver" not in at.row("certificate", before)
    assert at.row("certificate", after)["waiver"] == text_name
    assert "erp" not in at.row("certificate", after)
    assert at.row("waiver", text_name)["sha256"] == hashlib.sha256(text).hexdigest()


def test_a_text_of_nobody_or_of_somebody_else_is_not_signed(at: Desk) -> None:
    with pytest.raises(WaiverUnknown):
        conditions(at, waiver=f"{core}#W-0")
    with pytest.raises(NotEntitled):
        at.play("finance.waiver.register/1", maker(supplier), waiver(organisation=supplier))
    with pytest.raises(NotEntitled):
        at.play("finance.waiver.register/1", maker(supplier), waiver())
    with pytest.raises(NotEntitled):
        at.play("finance.waiver.register/1", scanner(core), waiver())


def test_one_person_signs_no_conditions(at: Desk) -> None:
    body = ConditionsPropose(organisation=core, erp_block=True)
    proposal = at.play("finance.conditions.propose/1", maker(core), body)
    approve = ConditionsApprove(proposal=proposal)
    both = {"organisation": core, "roles": ["maker", "checker"]}
    at.state.apply([Change("person", maker(core), both)])
    with pytest.raises(SamePerson):
        at.play("finance.conditions.approve/1", maker(core), approve)
    with pytest.raises(ProposalUnknown):
        at.play("finance.conditions.approve/1", checker(supplier), approve)
    at.play("finance.conditions.approve/1", checker(core), approve)
    with pytest.raises(ProposalUnknown):
        at.play("finance.conditions.approve/1", checker(core), approve)


@pytest.mark.parametrize(
    ("changed", "data"),
    [({}, b"another text"), ({"sha256": "2" * 64}, text)],
)
def test_the_attached_text_is_the_one_that_is_signed(changed: dict[str, Any], data: bytes) -> None:
    admit_waiver(waiver(), {zero: text})
    with pytest.raises(WaiverTextWrong):
        admit_waiver(waiver(**changed), {zero: data})


@pytest.mark.parametrize("grade", ["parties", "restricted"])
def test_holders_must_be_able_to_read_it(grade: str) -> None:
    named = AttachmentRef(hash=zero, type="text/plain", size=len(text), grade=grade)
    with pytest.raises(WaiverTextWrong):
        admit_waiver(waiver(text=named), {zero: text})


def test_either_side_tells_the_debtor_of_an_assignment_once(at: Desk) -> None:
    name = at.live(90_000_00)
    at.transfer(name, supplier, friend, 10_000_00)
    hop = at.index - 1
    notice = {"certificate": name, "hop": hop, "to": friend, "amount": 10_000_00}
    body = NoticeGive(**notice)
    for nobody, error in ((maker(core), HopUnknown), (scanner(friend), NotEntitled)):
        with pytest.raises(error):
            at.play("finance.notice.give/1", nobody, body)
    for wrong in ({"hop": hop - 1}, {"to": supplier}, {"amount": 10_000_01}):
        with pytest.raises(HopUnknown):
            at.play("finance.notice.give/1", maker(friend), NoticeGive(**{**notice, **wrong}))
    at.play("finance.notice.give/1", maker(friend), body)
    row = at.row("notice", name, f"{hop:012d}")
    assert (row["organisation"], row["issuer"], row["from"]) == (friend, core, supplier)
    assert (row["moved"], row["amount"]) == ("transfer", 10_000_00)
    with pytest.raises(NoticeGiven):
        at.play("finance.notice.give/1", maker(supplier), body)


def test_the_debtor_acknowledges_each_assignment_once(at: Desk) -> None:
    name = at.live(90_000_00)
    at.transfer(name, supplier, friend, 10_000_00)
    hop = at.index - 1
    body = NoticeAcknowledge(certificate=name, hop=hop)
    for nobody in (maker(supplier), scanner(core), maker(friend)):
        with pytest.raises(NotEntitled):
            at.play("finance.notice.acknowledge/1", nobody, body)
    wrong = NoticeAcknowledge(certificate=name, hop=hop - 1)
    with pytest.raises(HopUnknown):
        at.play("finance.notice.acknowledge/1", maker(core), wrong)
    at.play("finance.notice.acknowledge/1", maker(core), body)
    assert at.row("acknowledgement", name, f"{hop:012d}")["by"] == maker(core)
    with pytest.raises(NoticeAcknowledged):
        at.play("finance.notice.acknowledge/1", checker(core), body)


@pytest.mark.parametrize("first", ["give", "acknowledge"])
def test_a_notice_waits_for_the_debtor_until_it_acknowledges(at: Desk, first: str) -> None:
    """On paper it may have had the notice before."""
    name = at.live(90_000_00)
    at.transfer(name, supplier, friend, 10_000_00)
    hop = at.index - 1
    part = f"{hop:012d}"
    give = NoticeGive(certificate=name, hop=hop, to=friend, amount=10_000_00)
    waiting = at.rules.kinds["notice"].indexes["notice-waiting-for"]
    acts = [
        ("finance.notice.give/1", maker(friend), give),
        ("finance.notice.acknowledge/1", maker(core), NoticeAcknowledge(certificate=name, hop=hop)),
    ]
    for kind, author, body in acts if first == "give" else reversed(acts):
        at.play(kind, author, body)
        if kind == "finance.notice.give/1" and first == "give":
            assert list(waiting(name, part, at.row("notice", name, part))) == [core]
    assert list(waiting(name, part, at.row("notice", name, part))) == []
