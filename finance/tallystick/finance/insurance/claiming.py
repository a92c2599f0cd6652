"""A claim (索赔) is the insured share of what is unpaid of exactly the insured units; two persons of the insurer decide.

The worked case: of 3,133,671.78 held by a bank 348,185.75 are unpaid; of 90 % insured 313,367.18 are claimed, half a
cent rounded up, and 34,818.57 are the bank's own loss. A claim ends the cover of the units that it names, however it
is decided: nothing is claimed twice.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.insurance.bodies import ClaimApprove, ClaimDecide, InsuranceClaim
from tallystick.finance.insurance.counting import debtor_part
from tallystick.finance.insurance.dunning import of_notice
from tallystick.finance.insurance.errors import (
    ClaimClosed,
    ClaimTooEarly,
    ClaimUnknown,
    ClaimWrong,
    DebtorLimitReached,
    DecisionWrong,
    NoticeUnknown,
    NotInsured,
)
from tallystick.finance.insurance.terms import insured_lots, size, today
from tallystick.finance.money.allocation import insured_claim
from tallystick.finance.money.dates import money_date, plus_days
from tallystick.finance.parties import (
    act_for,
    require_keys,
    require_persons,
    signatory,
    speaker,
)
from tallystick.finance.receivables.certificates import (
    certificate,
    load_book,
    lots_document,
    save_book,
)
from tallystick.finance.two_persons import put_first, take_second
from tallystick.ledger import Act, Effects, State


def claim(state: State, act: Act[InsuranceClaim]) -> Effects:
    body, draft, name = act.body, Draft(state), act.body.certificate
    insured = signatory(state, act)
    found = of_notice(draft, name, body.notice, insured)
    if found is None:
        raise NoticeUnknown(body.notice)
    if found["status"] in ("withdrawn", "claimed", "closed"):
        raise ClaimClosed(f"the notice is {found['status']}")
    zone = certificate(draft, name)["zone"]
    if found["status"] == "open" or money_date(act.time, zone) < found["claim_on"]:
        raise ClaimTooEarly(f"grace until {found['grace_until']}, claim on {found['claim_on']}")
    cover = draft.row("insurance-cover", found["cover"]) or {}
    lots = insured_lots(load_book(draft, name), insured, found["cover"])
    if not lots:
        raise NotInsured(name)
    _check_amounts(draft, body, found, cover, size(lots))
    require_persons(state, act, insured, body.currency, body.amount_minor)
    told = {
        key: found[key]
        for key in ("certificate", "cover", "insured", "insurer", "debtor", "currency")
    }
    told |= {"notice": body.notice, "loss": body.loss_minor, "amount": body.amount_minor}
    told |= {"lots": lots_document(lots), "status": "filed", "index": act.index, "time": act.time}
    draft.put("insurance-claim", act.payload_hash, told)
    draft.amend("dunning", name, body.notice, status="claimed", claim=act.payload_hash)
    return draft.effects


def decide(state: State, act: Act[ClaimDecide]) -> Effects:
    body, draft = act.body, Draft(state)
    found = known_claim(state, act, body.claim, "filed")
    insurer = act_for(state, act, found["insurer"], "maker").organisation
    if body.accepted_minor > found["amount"]:
        raise DecisionWrong(f"{body.accepted_minor} of {found['amount']} minor units are accepted")
    if body.accepted_minor < found["amount"] and body.reason is None:
        raise DecisionWrong(
            f"{found['amount'] - body.accepted_minor} are not accepted, for no reason"
        )
    require_keys(state, act, insurer, found["currency"], found["amount"])
    told = {"claim": body.claim, "accepted": body.accepted_minor, "reason": body.reason}
    put_first(draft, act, "decision-proposal", insurer, **told)
    return draft.effects


def approve(state: State, act: Act[ClaimApprove]) -> Effects:
    draft = Draft(state)
    insurer = signatory(state, act, "checker")
    asked = take_second(draft, act, "decision-proposal", insurer)
    name = asked["claim"]
    found = draft.row("insurance-claim", name) or {}
    if found["status"] != "filed":
        raise ClaimClosed(f"the claim is {found['status']}")
    before = (asked["proposer"],)
    require_persons(state, act, insurer, found["currency"], found["amount"], before=before)
    told: dict[str, Any] = {"accepted": asked["accepted"], "reason": asked.get("reason")}
    cover = draft.row("insurance-cover", found["cover"]) or {}
    decided_on = today(act, cover)
    told |= {"decided": act.index, "decided_on": decided_on, "decision": act.body.proposal}
    if asked["accepted"]:
        pay_by = plus_days(decided_on, cover["payment_days"])
        draft.amend("insurance-claim", name, status="accepted", pay_by=pay_by, **told)
        return draft.effects
    draft.amend("insurance-claim", name, status="rejected", **told)
    book = load_book(draft, found["certificate"])
    book.uninsure(insured_lots(book, found["insured"], found["cover"]))
    save_book(draft, found["certificate"], book)
    draft.amend("dunning", found["certificate"], found["notice"], status="closed")
    return draft.effects


def known_claim(state: State, act: Act[Any], name: str, status: str) -> Row:
    """For insurer and insured; to others the same as what is not there. Raises `ClaimUnknown` or `ClaimClosed`."""
    found = Draft(state).row("insurance-claim", name)
    mine = speaker(state, act.author).organisation
    if found is None or mine not in (found["insurer"], found["insured"]):
        raise ClaimUnknown(name)
    if found["status"] != status:
        raise ClaimClosed(f"the claim is {found['status']}")
    return found


def _check_amounts(draft: Draft, body: InsuranceClaim, found: Row, cover: Row, loss: int) -> None:
    """Raises `ClaimWrong` or `DebtorLimitReached`."""
    part = debtor_part(found["debtor"], found["currency"])
    limit = (draft.row("insured-debtor", found["cover"], part) or {})["limit"]
    if body.loss_minor > limit:
        raise DebtorLimitReached(f"{limit} of {body.loss_minor} minor units are insured")
    right = (found["insurer"], found["currency"], loss, insured_claim(loss, cover["share_ppm"]))
    if (body.insurer, body.currency, body.loss_minor, body.amount_minor) != right:
        raise ClaimWrong(f"{loss} {right[1]} are unpaid, of which {right[0]} insures {right[3]}")
