"""What a core enterprise asks before its certificates live: a waiver that two persons signed, and its ERP's word.

We record the text and who signed it. Whether it holds in law is for the deployment's own review, which the waiver
names by its digest.

    waiver               <organisation>#W-<index>  {organisation, version, language, sha256, text, review, by, index, time}
    conditions-proposal  <payload hash>   {organisation, erp_block, waiver?, by, signers, status: open | approved}
    conditions           <organisation>   {erp_block, waiver?, by, approver, proposal, index, time}: those in force

A certificate keeps the conditions of its issue: `waiver`, and `erp`: {status: awaited | confirmed | contradicted, …}.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.known import known
from tallystick.finance.parties import (
    NotEntitled,
    act_for,
    administers,
    own_hand,
    require_capacity,
    speaker,
)
from tallystick.finance.policies import bodies
from tallystick.finance.policies.errors import (
    ErpNotAwaited,
    WaiverTextWrong,
    WaiverUnknown,
)
from tallystick.finance.policies.standing import is_service, second_hand
from tallystick.finance.receivables.certificates import certificate
from tallystick.finance.receivables.confirmation import accept_hours
from tallystick.finance.receivables.expiry import end_after, schedule, unschedule
from tallystick.ledger import Act, Effects, State

clerks = frozenset({"maker", "checker", "finance"})


def register_waiver(state: State, act: Act[bodies.WaiverRegister]) -> Effects:
    body, draft = act.body, Draft(state)
    who = speaker(state, act.author)
    require_capacity(state, body.organisation, "core")
    if who.organisation != body.organisation or not (
        who.roles & {"maker", "checker"} or administers(state, who)
    ):
        raise NotEntitled(f"{act.author} registers nothing for {body.organisation}")
    document: dict[str, Any] = body.model_dump(mode="json")
    document |= {"by": act.author, "index": act.index, "time": act.time}
    draft.put("waiver", f"{body.organisation}#W-{act.index}", document)
    return draft.effects


def admit_waiver(body: Any, attachments: Mapping[str, bytes]) -> None:
    """The text is the one whose digest people sign, and anybody may read it. Raises `WaiverTextWrong`."""
    data = attachments[body.text.hash]
    if body.text.grade != "public":
        raise WaiverTextWrong("holders read it: the attachment is public")
    if hashlib.sha256(data).hexdigest() != body.sha256:
        raise WaiverTextWrong("its SHA-256 is another one")


def propose(state: State, act: Act[bodies.ConditionsPropose]) -> Effects:
    body, draft = act.body, Draft(state)
    require_capacity(state, body.organisation, "core")
    act_for(state, act, body.organisation, "maker")
    own_hand(act)
    _check(draft, body.organisation, body.waiver)
    document: dict[str, Any] = body.model_dump(mode="json", exclude_none=True)
    signers = sorted({signer.public for signer in act.signers if signer.speaks})
    document |= {"by": act.author, "signers": signers, "index": act.index, "time": act.time}
    draft.put("conditions-proposal", act.payload_hash, {**document, "status": "open"})
    return draft.effects


def approve(state: State, act: Act[bodies.ConditionsApprove]) -> Effects:
    draft, name = Draft(state), act.body.proposal
    found = second_hand(draft, act, "conditions-proposal", name)
    core = found["organisation"]
    _check(draft, core, found.get("waiver"))
    row = {
        "erp_block": found["erp_block"],
        "waiver": found.get("waiver"),
        "by": found["by"],
        "approver": act.author,
        "proposal": name,
        "proposed": found["index"],
        "index": act.index,
        "time": act.time,
    }
    draft.put("conditions", core, row)
    draft.amend("conditions-proposal", name, status="approved", approver=act.author)
    return draft.effects


def erp_confirm(state: State, act: Act[bodies.ErpConfirm]) -> Effects:
    """What the ERP says; the holder's time to accept begins when it has confirmed."""
    body, draft, name = act.body, Draft(state), act.body.certificate
    known(state, act, "certificate", name)
    found = certificate(draft, name, "offered")
    of_issuer(state, act, found)
    erp = found.get("erp", {"status": "confirmed"})
    if erp["status"] == "confirmed":
        raise ErpNotAwaited(name)
    if act.time >= found["accept_until"]:
        raise ErpNotAwaited(f"{name} lapsed at {found['accept_until']}")
    good = body.blocked and body.unassigned
    told = body.model_dump(mode="json", exclude={"certificate"})
    told |= {"by": act.author, "index": act.index, "time": act.time}
    told["status"] = "confirmed" if good else "contradicted"
    draft.amend("certificate", name, erp=told)
    if good:
        until = end_after(act.time, accept_hours)
        unschedule(draft, found["accept_until"], "certificate", name)
        schedule(draft, until, "certificate", name)
        draft.amend("certificate", name, accept_until=until)
    return draft.effects


def of_issuer(state: State, act: Act[Any], found: Row) -> None:
    """A clerk of the issuer, or software of its own. Raises `NotEntitled`."""
    who = speaker(state, act.author)
    able = bool(who.roles & clerks) or is_service(state, act.author)
    if who.organisation != found["issuer"] or not able:
        raise NotEntitled(f"{act.author} does not speak for {found['issuer']} in this")


def _check(draft: Draft, core: str, waiver: str | None) -> None:
    found = None if waiver is None else draft.row("waiver", waiver)
    if waiver is not None and (found is None or found["organisation"] != core):
        raise WaiverUnknown(waiver)
