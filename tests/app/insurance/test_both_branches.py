"""The worked case of research §6.5 over HTTP: a bank is short of 348,185.75, insured for 90 %, in both branches of grace."""

from __future__ import annotations

import io
import json
import zipfile

from tests.app.insurance.house import House, claimed, face, held, insured, insurer, loss, own, short
from tests.app.limits.bourse import banks, checker, maker
from tests.app.matching.office import bank as paying_bank
from tests.app.matching.office import maker as core_maker
from tests.app.matching.office import seller
from tests.ledger.world import core, supplier

from tallystick import finance
from tallystick.app.access import Reading
from tallystick.app.bundles.make import make
from tallystick.app.bundles.verify import verify
from tallystick.app.insurance.packing import packed
from tallystick.finance import insured as counting
from tallystick.ledger import Reader, auditor_reader, log_verifier
from tallystick.ledger.bundle import Pins, Request


def test_after_grace_the_insurer_pays_and_holds_what_it_paid_for(place: House) -> None:
    name = place.overdue()
    notice = place.notice(name)
    claim_type = "finance.insurance.claim/1"
    early = place.refused(maker(insured), claim_type, place.claim(notice, name))
    assert early == "claim-too-early"
    place.until("2026-07-15")
    # Grace is over, and the waiting period is not.
    place.block(name)
    early = place.refused(maker(insured), claim_type, place.claim(notice, name))
    assert early == "claim-too-early"
    assert place.of_notice(notice, maker(insured))["notice"]["status"] == "unpaid"
    place.until("2026-07-22")
    seen = place.of_notice(notice, maker(insured))
    assert (seen["loss"], seen["insured"], seen["loss"] - seen["insured"]) == (loss, claimed, own)
    for changed in ({"amount_minor": claimed + 1}, {"currency": "USD"}, {"insurer": supplier}):
        wrong = place.claim(notice, name, **changed)
        assert place.refused(maker(insured), claim_type, wrong) == "claim-wrong"
    above = place.claim(notice, name, loss_minor=held + 1)
    assert place.refused(maker(insured), claim_type, above) == "debtor-limit-reached"
    claim = place.say(maker(insured), claim_type, place.claim(notice, name))
    again = place.refused(maker(insured), claim_type, place.claim(notice, name))
    assert again == "claim-closed"

    _decide(place, claim)
    _pay(place, claim)
    shares = place.of_certificate(name, maker(insurer))["holders"]
    assert shares[insurer] == claimed
    before = place.of_certificate(name, core_maker)["claims"]
    assert before[insurer]["due"] == claimed
    assert before[insured]["due"] - before[insured]["paid"] == own
    _read(place, notice)
    _bundled(place, name)
    _packed(place, claim)

    # What the debtor pays now is the insurer's for its units.
    place.wait(1)
    place.pays(name, face - short)
    paid = {
        row["holder"]: row["amount"]
        for row in place.of_certificate(name, core_maker)["payouts"][-3:]
    }
    assert (paid[insurer], paid[insured]) == (claimed, own)
    place.audit()
    with place.site.world.reader.open() as snapshot:
        assert list(counting.differences(snapshot.view)) == []


def test_within_grace_payment_withdraws_the_notice(place: House) -> None:
    name = place.overdue()
    again = finance.DunningNotice(certificate=name)
    stranger = place.refused(maker(banks[1]), "finance.insurance.notice/1", again)
    assert stranger == "certificate-unknown"
    notice = place.notice(name)
    assert place.refused(maker(insured), "finance.insurance.notice/1", again) == "notice-stands"
    place.until("2026-07-11")
    place.pays(name, face - short)
    assert place.of_notice(notice, core_maker)["notice"]["status"] == "open"
    # Ten days at 0.05 % on 1,000,000.00.
    late = {"certificate": name, "evidence": "1" * 64, "paid_at": place.now()}
    more = finance.PayLate(amount_minor=500_001, **late)
    assert place.refused(maker(paying_bank), "finance.pay.late/1", more) == "over-payment"
    exact = finance.PayLate(amount_minor=500_000, **late)
    place.say(maker(paying_bank), "finance.pay.late/1", exact)
    for person in (maker(insured), maker(insurer), core_maker):
        assert place.of_notice(notice, person)["notice"]["status"] == "withdrawn"
    place.until("2026-07-22")
    claim = place.claim(notice, name)
    refused = place.refused(maker(insured), "finance.insurance.claim/1", claim)
    assert refused == "claim-closed"
    assert place.refused(maker(insured), "finance.insurance.notice/1", again) == "not-in-arrears"
    place.audit()


def _decide(place: House, claim: str) -> None:
    decision = finance.ClaimDecide(claim=claim, accepted_minor=claimed - 1)
    refused = place.refused(maker(insurer), "finance.insurance.decide/1", decision)
    assert refused == "decision-wrong"
    decision = finance.ClaimDecide(claim=claim, accepted_minor=claimed)
    proposal = place.say(maker(insurer), "finance.insurance.decide/1", decision)
    approve = finance.ClaimApprove(proposal=proposal)
    kind = "finance.insurance.decide.approve/1"
    assert place.refused(maker(insurer), kind, approve) == "not-entitled"
    place.say(checker(insurer), kind, approve)


def _pay(place: House, claim: str) -> None:
    told = {"claim": claim, "currency": "CNY", "evidence": "2" * 64, "paid_at": place.now()}
    kind = "finance.insurance.paid/1"
    for changed in ({"amount_minor": claimed - 1}, {"amount_minor": claimed, "currency": "USD"}):
        body = finance.ClaimPaid(**{**told, **changed})
        assert place.refused(maker(insurer), kind, body) == "evidence-wrong"
    body = finance.ClaimPaid(amount_minor=claimed, **told)
    assert place.refused(core_maker, kind, body) == "claim-unknown"
    place.say(maker(insurer), kind, body)
    assert place.refused(maker(insurer), kind, body) == "claim-closed"


def _read(place: House, notice: str) -> None:
    """The debtor gets the notice and not that anything is insured; others get nothing."""
    debtor = place.of_notice(notice, core_maker)
    assert (debtor["claim"], debtor["loss"], debtor["insured"]) == (None, 0, 0)
    assert insurer not in json.dumps(debtor)
    assert debtor["notice"]["status"] == "unpaid"
    path = f"/finance/v1/insurance/notices/{notice}"
    for person in (seller, maker(banks[1]), ""):
        assert place.ask(person, path).status_code in (401, 404)
    assert place.get(core_maker, "/finance/v1/insurance/covers")["covers"] == []
    for person in (maker(insured), maker(insurer)):
        (cover,) = place.get(person, "/finance/v1/insurance/covers")["covers"]
        assert cover["debtors"][f"{core} CNY"] == {"limit": held, "insured": 0}
        assert cover["name"] == place.of_notice(notice, person)["notice"]["cover"]


def _bundled(place: House, name: str) -> None:
    """The certificate's life is proven, with the insurer among its holders."""
    with place.site.world.reader.open() as snapshot:
        data = make(snapshot, auditor_reader, [Request.of("certificate", certificate=name)])
        pins = Pins(log_keys=(log_verifier(snapshot.view),))
    found = verify(data, pins)
    moved = next(one for one in found if one.says == "certificate.subrogated")
    assert dict(moved.members)["amount_minor"] == claimed
    assert (dict(moved.members)["from"], dict(moved.members)["to"]) == (insured, insurer)
    holders = {
        str(dict(one.members)["holder"]): dict(one.members)["amount_minor"]
        for one in found
        if one.says == "certificate.holder"
    }
    assert (holders[insurer], holders[insured]) == (claimed, held - claimed)


def _packed(place: House, claim: str) -> None:
    """The pack holds what the insured may read, and its proofs verify without the node; it is the same each time."""
    with place.site.world.reader.open() as snapshot:
        reading = Reading(snapshot, Reader.party(insured))
        data = packed(reading, claim, "en", place.site.url)
        assert packed(reading, claim, "en", place.site.url) == data
        pins = Pins(log_keys=(log_verifier(snapshot.view),))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    papers = [one for one in files if one.startswith("papers/")]
    assert papers
    assert all(files[one].startswith(b"%PDF") for one in papers)
    told = json.loads(files["claim.json"])
    assert told["claim"]["amount"] == claimed
    assert json.loads(files["delivery.json"])["backing"]
    assert json.loads(files["arrears.json"])["status"] == "default"
    assert json.loads(files["cover.json"])["cover"]["share_ppm"] == 900_000
    found = verify(files["evidence.tally"], pins)
    proven = {dict(one.members).get("type") for one in found if one.says == "entry"}
    assert {
        "finance.confirm.propose/1",
        "finance.insurance.propose/1",
        "finance.insurance.approve/1",
        "finance.insurance.answer/1",
        "finance.insurance.declare/1",
        "finance.insurance.notice/1",
        "finance.insurance.claim/1",
        "finance.insurance.decide/1",
        "finance.insurance.decide.approve/1",
        "finance.insurance.paid/1",
        "finance.pay/1",
        "finance.disburse/1",
    } <= proven
    assert b"evidence.tally" in files["README.txt"]
