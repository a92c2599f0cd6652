"""Changing the account to which an organisation is paid: two officers, three business days, any officer cancels.

Two persons, never two keys, as in all acts that decide for an organisation; a firm of one person waits twice, once
before it may approve alone and once with everybody told. Where nothing was named before, there is nothing to divert,
and the first account is in force at once. What was agreed with an account keeps it (`financing`).
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.accounts import bodies, payees
from tallystick.finance.accounts.rules import officer
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import (
    AccountRefused,
    AccountWrongStatus,
    ChangePending,
    Ended,
    ProposalUnknown,
)
from tallystick.finance.parties import (
    Case,
    NotEntitled,
    TwoOfficers,
    speaker,
)
from tallystick.finance.receivables.expiry import end_after
from tallystick.ledger import Act, Effects, State

_panel = TwoOfficers()
proposal_days = 30


def propose(state: State, act: Act[bodies.PayeePropose]) -> Effects:
    body, draft = act.body, Draft(state)
    _founded(state, body.organisation)
    seat = _panel.propose(state, act, Case(body.organisation, act.author, body, act.index))
    _check(draft, act, body.organisation, body.currency, body.account)
    row: dict[str, Any] = {**body.model_dump(mode="json"), "by": act.author, "status": "open"}
    row |= {"index": act.index, "time": act.time, "until": end_after(act.time, 24 * proposal_days)}
    if seat.waits_days:
        row["after"] = end_after(act.time, 24 * seat.waits_days)
    draft.put("payee-proposal", act.payload_hash, row)
    return draft.effects


def approve(state: State, act: Act[bodies.PayeeApprove]) -> Effects:
    draft, name = Draft(state), act.body.proposal
    found = _proposal(draft, state, act, name, "open")
    handle, currency = found["organisation"], found["currency"]
    if act.time >= found["until"]:
        raise Ended(f"the proposal stood until {found['until']}")
    case = Case(handle, found["by"], act.body, found["index"])
    _panel.approve(state, act, case, found.get("after"))
    _check(draft, act, handle, currency, found["account"])
    payee = draft.row("payee", handle, currency)
    if payee is None:
        draft.put("payee", handle, {"account": found["account"], "since": act.index}, currency)
        draft.amend(
            "payee-proposal", name, status="in-force", approver=act.author, decided=act.index
        )
        return draft.effects
    change = payees.change(draft, act, name, found)
    kept = {"account": payees.current(draft, payee, act.time), "since": payee["since"]}
    draft.put("payee", handle, {**kept, "change": change}, currency)
    payees.await_change(draft, handle, currency, change["from"])
    draft.amend("payee-proposal", name, status="approved", approver=act.author, decided=act.index)
    return draft.effects


def cancel(state: State, act: Act[bodies.PayeeCancel]) -> Effects:
    """By any officer, as long as the change is not in force."""
    draft, name = Draft(state), act.body.proposal
    found = _proposal(draft, state, act, name, "open", "approved")
    handle, currency = found["organisation"], found["currency"]
    officer(state, act, handle)
    if found["status"] == "approved":
        payee = draft.row("payee", handle, currency) or {}
        change = payee.get("change", {"from": act.time, "proposal": ""})
        if act.time >= change["from"] or change["proposal"] != name:
            raise Ended(f"the change is in force since {change['from']}")
        payees.forget_change(draft, handle, currency, change["from"])
        kept = {key: value for key, value in payee.items() if key != "change"}
        draft.put("payee", handle, kept, currency)
    draft.amend(
        "payee-proposal", name, status="cancelled", cancelled_by=act.author, decided=act.index
    )
    return draft.effects


def _check(draft: Draft, act: Act[Any], handle: str, currency: str, name: str) -> None:
    """A confirmed account of this organisation in this currency, other than the one in force, and no change on its way."""
    found = draft.row("bank-account", name)
    if found is None or found["organisation"] != handle or found["currency"] != currency:
        raise AccountRefused(f"{name} is no account of {handle} in {currency}")
    if found["status"] != "confirmed":
        raise AccountWrongStatus(f"{name} is {found['status']}")
    payee = draft.row("payee", handle, currency)
    if payee is None:
        return
    if "change" in payee and act.time < payee["change"]["from"]:
        raise ChangePending(f"until {payee['change']['from']}")
    if payees.current(draft, payee, act.time) == name:
        raise AccountRefused(f"{handle} is paid to {name}")


def _proposal(draft: Draft, state: State, act: Act[Any], name: str, *statuses: str) -> Row:
    found = draft.row("payee-proposal", name)
    if found is None or found["organisation"] != speaker(state, act.author).organisation:
        raise ProposalUnknown(name)
    if found["status"] not in statuses:
        raise Ended(f"the proposal is {found['status']}")
    return found


def _founded(state: State, handle: str) -> None:
    found = state.get("organisation", handle)
    if found is None or "founded" not in found:
        raise NotEntitled(f"{handle} has no officers yet: its people decide once it is founded")
