"""Two persons of the bank amend a guarantee, and nothing changes before the beneficiary accepts."""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.guarantees.bodies import AmendmentAnswer, GuaranteeAmend
from tallystick.finance.guarantees.errors import AmendmentUnknown, GuaranteeWrong
from tallystick.finance.guarantees.terms import (
    check_terms,
    ends_at,
    guarantee_ender,
    known_guarantee,
    reduced,
)
from tallystick.finance.money.dates import money_date
from tallystick.finance.parties import act_for, own_hand, require_keys, require_persons
from tallystick.finance.receivables.expiry import schedule, unschedule
from tallystick.ledger import Act, Effects, State

_terms = ("amount", "expires_on", "examine_days", "documents")


def amend(state: State, act: Act[GuaranteeAmend]) -> Effects:
    draft, body, name = Draft(state), act.body, act.body.guarantee
    found = known_guarantee(state, act, "issued")
    act_for(state, act, found["bank"], "maker")
    own_hand(act)
    told: dict[str, Any] = body.model_dump(mode="json", exclude={"guarantee"}, exclude_none=True)
    told |= {"status": "proposed", "index": act.index}
    draft.put("guarantee-amendment", name, told, act.payload_hash)
    after = check_amendment(
        draft, found, name, act.payload_hash, money_date(act.time, found["zone"])
    )
    require_keys(state, act, found["bank"], found["currency"], after["amount"])
    put_proposal(draft, act, found["bank"], {"guarantee": name, "amendment": act.payload_hash})
    return draft.effects


def offer(draft: Draft, name: str, amendment: str) -> None:
    draft.amend("guarantee-amendment", name, amendment, status="offered")


def answer(state: State, act: Act[AmendmentAnswer]) -> Effects:
    draft, name, part = Draft(state), act.body.guarantee, act.body.amendment
    found = known_guarantee(state, act, "issued")
    act_for(state, act, found["beneficiary"], "maker", "checker")
    waiting = draft.row("guarantee-amendment", name, part)
    if waiting is None or waiting["status"] != "offered":
        raise AmendmentUnknown(part)
    if not act.body.accepted:
        draft.amend("guarantee-amendment", name, part, status="declined", answered=act.index)
        return draft.effects
    after = check_amendment(draft, found, name, part, money_date(act.time, found["zone"]))
    most = max(found["amount"], after["amount"])
    require_persons(state, act, found["beneficiary"], found["currency"], most)
    unschedule(draft, found["until"], guarantee_ender, name)
    until = ends_at(after)
    told = {term: after[term] for term in _terms}
    draft.amend("guarantee", name, until=until, amendments=found["amendments"] + 1, **told)
    schedule(draft, until, guarantee_ender, name)
    draft.amend("guarantee-amendment", name, part, status="accepted", answered=act.index)
    return draft.effects


def check_amendment(draft: Draft, found: Row, name: str, part: str, today: str) -> Row:
    """The terms with this amendment, which hold together and cover what is demanded. Raises `GuaranteeWrong`."""
    changes = draft.row("guarantee-amendment", name, part) or {}
    after = {**found, **{term: changes[term] for term in _terms if term in changes}}
    check_terms(after, today)
    taken = found["paid"] + found["demanded"] + found["released"] + reduced(found, today)
    if after["amount"] < taken:
        raise GuaranteeWrong(f"{taken} minor units are paid, demanded, released or reduced already")
    return after


def put_proposal(draft: Draft, act: Act[Any], bank: str, told: dict[str, Any]) -> None:
    """What one person of the bank proposed, for the second."""
    signers = sorted({signer.public for signer in act.signers if signer.speaks})
    document = {**told, "organisation": bank, "by": act.author, "signers": signers}
    document |= {"index": act.index, "status": "open"}
    draft.put("guarantee-proposal", act.payload_hash, document)
