"""A held line let pass by two persons of the buyer, up to the limit that their tolerances set.

    match-release           <invoice>  part <line>: {reasons, waived, waived_quantity, worth, policy, proposer,
                                        approver, index, time}
    match-release-proposal  <payload hash>  {invoice, line, reasons, organisation, proposer, status}

Only what the buyer may give away is let pass: a dearer price, a higher rate, goods that it accepted beyond its order,
and what it retains. A release is judged when it is approved, and counts as it was then.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft
from tallystick.finance.errors import DocumentUnknown, DocumentWrong
from tallystick.finance.known import known
from tallystick.finance.matching import retention
from tallystick.finance.matching.bodies import Releasable, ReleaseApprove, ReleasePropose
from tallystick.finance.matching.errors import NotReleasable, ReleaseTooHigh
from tallystick.finance.matching.tolerances import tolerances
from tallystick.finance.parties import act_for, signatory
from tallystick.finance.trade.lines import line_part
from tallystick.finance.trade.match import LineMatch, gross_amount
from tallystick.finance.trade.matching import match_invoice
from tallystick.finance.two_persons import put_first, take_second
from tallystick.ledger import Act, Effects, State

_terms = frozenset[Releasable](("price-above-order", "tax-above-order"))


def propose(state: State, act: Act[ReleasePropose]) -> Effects:
    body, draft = act.body, Draft(state)
    head = known(state, act, "invoice", body.invoice)
    act_for(state, act, head["buyer"], "maker")
    if len(set(body.reasons)) != len(body.reasons):
        raise DocumentWrong("a reason is named twice")
    _judge(state, body)
    told = body.model_dump(mode="json")
    put_first(draft, act, "match-release-proposal", head["buyer"], **told)
    return draft.effects


def approve(state: State, act: Act[ReleaseApprove]) -> Effects:
    draft = Draft(state)
    mine = signatory(state, act, "checker")
    found = take_second(draft, act, "match-release-proposal", mine)
    body = ReleasePropose(
        invoice=found["invoice"], line=found["line"], reasons=tuple(found["reasons"])
    )
    line, worth, policy = _judge(state, body)
    part = line_part(body.line)
    before = draft.row("match-release", body.invoice, part) or {}
    terms = not _terms.isdisjoint(body.reasons)
    over = "billed-above-order" in body.reasons
    document: dict[str, Any] = {
        "reasons": sorted({*before.get("reasons", ()), *body.reasons}),
        "waived": before.get("waived", 0) + (line.excess if terms else 0),
        "waived_quantity": before.get("waived_quantity", 0) + (line.over if over else 0),
        "worth": before.get("worth", 0) + worth,
        "policy": policy,
        "proposer": found["proposer"],
        "approver": act.author,
        "index": act.index,
        "time": act.time,
    }
    draft.put("match-release", body.invoice, document, part)
    if "retained" in body.reasons:
        retention.finish(draft, body.invoice, part, act)
    return draft.effects


def _judge(state: State, body: ReleasePropose) -> tuple[LineMatch, int, int]:
    """The line, the worth that is let pass, and the version of the tolerances that allow it."""
    draft = Draft(state)
    head = draft.row("invoice", body.invoice) or {}
    line = match_invoice(state, body.invoice).line(body.line)
    if line is None:
        raise DocumentUnknown(f"{body.invoice} line {body.line}")
    missing = set(body.reasons) - set(line.reasons)
    if missing or line.status == "rejected":
        why = ", ".join(line.reasons) or line.status
        raise NotReleasable(f"line {body.line}: {min(missing, default=line.status)} ({why})")
    if (_terms & set(line.reasons)) - set(body.reasons) and _terms & set(body.reasons):
        raise NotReleasable(f"line {body.line}: price and tax rate are let pass together")
    policy = tolerances(state, head["buyer"], head["currency"])
    before = draft.row("match-release", body.invoice, line_part(body.line)) or {}
    worth = _worth(line, body.reasons)
    if before.get("worth", 0) + worth > policy.release_minor:
        raise ReleaseTooHigh(
            f"line {body.line}: {before.get('worth', 0) + worth}, at most {policy.release_minor}"
        )
    return line, worth, policy.version


def _worth(line: LineMatch, reasons: tuple[Releasable, ...]) -> int:
    worth = 0 if _terms.isdisjoint(reasons) else line.excess
    if "billed-above-order" in reasons:
        worth += gross_amount(line.over, line.scale, line.price, line.tax_ppm)
    return worth + (line.retained if "retained" in reasons else 0)
