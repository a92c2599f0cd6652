"""Standing policies: two persons sign once, the core's own service confirms within their caps, one officer stops it.

The service decides nothing: the rule recomputes the match on what the ledger holds at that index, exactly as for two
persons (`receivables.confirmation`), and then the caps. Caps count what was issued, whatever became of it: a
certificate that is refused gives goods and invoice back, not the policy's room.

    policy-proposal  <payload hash>  {organisation, …, by, signers, status: open | approved}
    standing-policy  <organisation>#SP-<index>  {organisation, …, by, approver, proposal, status: in-force | stopped,
                                                 stopped?: {by, reason, index, time}, index, time}
    policy-use       <policy>  part total | day <date> | supplier <handle>: {amount, count}
"""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from tallystick.finance.calendars import payment
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import ProposalUnknown, SamePerson
from tallystick.finance.money.dates import check_date, days_between, money_date
from tallystick.finance.parties import (
    NotEntitled,
    act_for,
    administers,
    organisation,
    own_hand,
    require_capacity,
    require_keys,
    require_persons,
    speaker,
)
from tallystick.finance.policies import bodies
from tallystick.finance.policies.errors import (
    EvidenceTooWeak,
    PolicyCap,
    PolicyEnded,
    PolicyUnknown,
    PolicyWrong,
)
from tallystick.finance.policies.grades import grade_of_certificate, reaches
from tallystick.finance.receivables import confirmation
from tallystick.finance.receivables.acts import ConfirmPropose
from tallystick.ledger import Act, Effects, State

_terms = ("currency", "zone", "paying_bank", "term_reason", "roll", "calendar", "rolled_days")


def year_after(day: str) -> str:
    """The same day a year later, or the last of its month.

    >>> year_after("2028-02-29")
    '2029-02-28'
    """
    now = date.fromisoformat(check_date(day))
    if now.year == date.max.year:
        return day
    try:
        return now.replace(year=now.year + 1).isoformat()
    except ValueError:
        return now.replace(year=now.year + 1, day=28).isoformat()


def propose(state: State, act: Act[bodies.PolicyPropose]) -> Effects:
    body, draft = act.body, Draft(state)
    act_for(state, act, body.organisation, "maker")
    own_hand(act)
    require_keys(state, act, body.organisation, body.currency, body.total_max)
    _check(state, act, body)
    document: dict[str, Any] = body.model_dump(mode="json", exclude_none=True)
    signers = sorted({signer.public for signer in act.signers if signer.speaks})
    document |= {"by": act.author, "signers": signers, "index": act.index, "time": act.time}
    draft.put("policy-proposal", act.payload_hash, {**document, "status": "open"})
    return draft.effects


def approve(state: State, act: Act[bodies.PolicyApprove]) -> Effects:
    draft, name = Draft(state), act.body.proposal
    found = second_hand(draft, act, "policy-proposal", name)
    core = found["organisation"]
    body = bodies.PolicyPropose.model_validate(_asked(found), strict=False)
    require_persons(state, act, core, body.currency, body.total_max, before=(found["by"],))
    _check(state, act, body)
    policy = f"{core}#SP-{act.index}"
    document = {**body.model_dump(mode="json", exclude_none=True), "by": found["by"]}
    document |= {"approver": act.author, "proposal": name, "proposed": found["index"]}
    document |= {"status": "in-force", "index": act.index, "time": act.time}
    draft.put("standing-policy", policy, document)
    draft.amend("policy-proposal", name, status="approved", approver=act.author, policy=policy)
    return draft.effects


def stop(state: State, act: Act[bodies.PolicyStop]) -> Effects:
    """By one person, at once; nobody else is asked, and nothing undoes it."""
    draft, name = Draft(state), act.body.policy
    who = speaker(state, act.author)
    found = _policy(draft, name, who.organisation)
    if not (who.roles & {"maker", "checker"} or administers(state, who)):
        raise NotEntitled(f"{act.author} is neither officer nor maker nor checker")
    if found["status"] != "in-force":
        raise PolicyEnded(f"{name} is {found['status']}")
    told = {"by": act.author, "reason": act.body.reason, "index": act.index, "time": act.time}
    draft.amend("standing-policy", name, status="stopped", stopped=told)
    return draft.effects


def confirm(state: State, act: Act[bodies.PolicyConfirm]) -> Effects:
    """The service says which invoice; everything else is the policy's or recomputed."""
    body, draft = act.body, Draft(state)
    who = speaker(state, act.author)
    policy = _policy(draft, body.policy, who.organisation)
    if act.author != policy["service"] or not is_service(state, act.author):
        raise NotEntitled(f"{act.author} is not the service that {body.policy} names")
    own_hand(act)
    today = money_date(act.time, policy["zone"])
    if policy["status"] != "in-force" or today > policy["until"]:
        raise PolicyEnded(f"{body.policy} is {policy['status']}, until {policy['until']}")
    core = policy["organisation"]
    invoice = draft.row("invoice", body.invoice)
    if invoice is None or invoice["buyer"] != core:
        raise PolicyWrong(f"{body.invoice} is no invoice to {core}")
    if invoice["currency"] != policy["currency"]:
        raise PolicyCap(f"the invoice is in {invoice['currency']}")
    _check_term(policy, today, body.due_on)
    _use(draft, body, policy, today, invoice["seller"])
    terms = {field: policy[field] for field in _terms if field in policy}
    fields = {**terms, **body.model_dump(exclude={"policy"})}
    asked = ConfirmPropose.model_validate(fields, strict=False)
    name = confirmation.issue(draft, act, asked, core, {"policy": body.policy})
    grade = grade_of_certificate(draft, name)
    if not reaches(grade, policy["evidence"]):
        raise EvidenceTooWeak(f"{grade}, not {policy['evidence']}")
    draft.amend("certificate", name, evidence=grade)
    return draft.effects


def second_hand(draft: Draft, act: Act[Any], kind: str, name: str) -> Row:
    """The open proposal, for a checker of its organisation who is another person, by another key."""
    found, who = draft.row(kind, name), speaker(draft, act.author)
    if found is None or found["organisation"] != who.organisation or found["status"] != "open":
        raise ProposalUnknown(name)
    act_for(draft, act, who.organisation, "checker")
    own_hand(act)
    signers = {signer.public for signer in act.signers if signer.speaks}
    if act.author == found["by"] or signers & set(found["signers"]):
        raise SamePerson(act.author)
    return found


def is_service(state: State, device: str) -> bool:
    """Whether it is software of its organisation, not a scanner."""
    found = cast("Row | None", state.get("device", device))
    return found is not None and found["purpose"] == "service"


def _check(state: State, act: Act[Any], body: bodies.PolicyPropose) -> None:
    """Caps nest, the end is near enough, and everybody named is who the policy needs."""
    core = body.organisation
    require_capacity(state, core, "core")
    require_capacity(state, body.paying_bank, "bank")
    if not is_service(state, body.service) or speaker(state, body.service).organisation != core:
        raise PolicyWrong(f"{body.service} is no service of {core}")
    wider = max(body.supplier_max, body.day_max)
    if body.certificate_max > min(body.supplier_max, body.day_max) or wider > body.total_max:
        raise PolicyWrong(
            "a certificate's cap is above a supplier's or a day's, or one above the total"
        )
    today, last = money_date(act.time, body.zone), check_date(body.until)
    if not today <= last <= year_after(today):
        raise PolicyWrong(f"it would end on {last}, not from {today} to {year_after(today)}")
    if len(set(body.suppliers)) != len(body.suppliers) or core in body.suppliers:
        raise PolicyWrong("a supplier is named twice, or is the core itself")
    for supplier in body.suppliers:
        organisation(state, supplier)
    payment.check_terms(state, core, body.roll, body.calendar)


def _check_term(policy: Row, today: str, due_on: str) -> None:
    days = days_between(today, check_date(due_on))
    if days > policy["term_days_max"]:
        raise PolicyCap(f"due in {days} days, at most {policy['term_days_max']}")


def _use(draft: Draft, body: bodies.PolicyConfirm, policy: Row, today: str, supplier: str) -> None:
    """Count it under every cap; raises `PolicyCap` naming the one that is full."""
    if policy.get("suppliers") and supplier not in policy["suppliers"]:
        raise PolicyCap(f"{supplier} is not among its suppliers")
    if body.amount > policy["certificate_max"]:
        raise PolicyCap(f"certificate: {body.amount} of {policy['certificate_max']}")
    parts = (
        ("total", "total_max"),
        (f"day {today}", "day_max"),
        (f"supplier {supplier}", "supplier_max"),
    )
    for part, cap in parts:
        used = draft.row("policy-use", body.policy, part) or {"amount": 0, "count": 0}
        amount = used["amount"] + body.amount
        if amount > policy[cap]:
            raise PolicyCap(f"{part}: {amount} of {policy[cap]}")
        row = {"amount": amount, "count": used["count"] + 1}
        draft.put("policy-use", body.policy, row, part)


def _policy(draft: Draft, name: str, mine: str) -> Row:
    found = draft.row("standing-policy", name)
    if found is None or found["organisation"] != mine:
        raise PolicyUnknown(name)
    return found


def _asked(found: Row) -> dict[str, Any]:
    fields = bodies.PolicyPropose.model_fields
    return {key: value for key, value in found.items() if key in fields}
