"""Bank accounts (对公账户): registered by the organisation, proven by the bank or by a small payment, closed.

    bank-account       <organisation>#A-<index>  {organisation, scheme, bank_code, bank?, node, country, currency, tail,
                                                  details, status, failed, confirmed?, index, time}
                                                  status: registered | confirmed | unproven | closed
    bank-account-of    <organisation>  part <currency>: {count}: that there is one on record
    account-challenge  <account>  {digest, by, index, answer?}

A small payment proves an account between two who do not trust each other: the node logs the salted digest of a
random amount and pays it; the organisation names the amount; only then the node reveals it, and what it reveals
must be what it logged. Each challenge takes one answer, and an account three challenges.
"""

from __future__ import annotations

import hashlib
from typing import Any

from tallystick.finance.accounts import bodies
from tallystick.finance.accounts.numbers import is_bic, is_cnaps
from tallystick.finance.calendars.versions import Readable
from tallystick.finance.draft import Draft, Row, row
from tallystick.finance.errors import (
    AccountRefused,
    AccountUnknown,
    AccountWrongStatus,
    ChallengeWrong,
)
from tallystick.finance.parties import (
    NotEntitled,
    act_for,
    administers,
    operator_of,
    organisation,
    own_hand,
    prefix_holder,
    require_capacity,
    require_payable,
    signatory,
    speaker,
)
from tallystick.ledger import Act, Effects, State

challenges_max = 3
_challenge_domain = b"tallystick/account-challenge/v1\n"


def challenge_digest(salt: str, amount_minor: int) -> str:
    """What the node logs before it pays."""
    told = _challenge_domain + bytes.fromhex(salt) + str(amount_minor).encode()
    return hashlib.sha256(told).hexdigest()


def register(state: State, act: Act[bodies.AccountRegister]) -> Effects:
    body, draft = act.body, Draft(state)
    _keeper(state, act, body.organisation)
    own_hand(act)
    node = prefix_holder(state, organisation(state, body.organisation).node)
    _check_codes(state, body)
    document: dict[str, Any] = body.model_dump(mode="json", exclude_none=True)
    told = {"node": node, "status": "registered", "failed": 0, "index": act.index, "time": act.time}
    draft.put("bank-account", f"{body.organisation}#A-{act.index}", {**document, **told})
    count = (draft.row("bank-account-of", body.organisation, body.currency) or {"count": 0})[
        "count"
    ]
    draft.put("bank-account-of", body.organisation, {"count": count + 1}, body.currency)
    return draft.effects


def attest(state: State, act: Act[bodies.AccountAttest]) -> Effects:
    """The bank that keeps it says whose it is; nobody vouches for an account of its own."""
    draft, name = Draft(state), act.body.account
    found = account(state, act, name)
    bank = signatory(state, act)
    if found.get("bank") != bank:
        raise NotEntitled(f"{name} is not kept by {bank}")
    require_capacity(state, bank, "bank")
    _in_status(name, found, "registered", "confirmed", "unproven")
    if act.body.belongs:
        _confirm(draft, act, name, "bank", bank)
    else:
        draft.amend("bank-account", name, status="unproven")
    return draft.effects


def challenge(state: State, act: Act[bodies.AccountChallenge]) -> Effects:
    draft, name = Draft(state), act.body.account
    found = account(state, act, name)
    node = _verifier(state, act, name, found)
    _in_status(name, found, "registered")
    require_payable(state, found["organisation"])
    if draft.get("account-challenge", name) is not None:
        raise AccountWrongStatus(f"{name} has a challenge that waits")
    row = {"digest": act.body.digest, "by": node, "index": act.index}
    draft.put("account-challenge", name, row)
    return draft.effects


def answer(state: State, act: Act[bodies.AccountAnswer]) -> Effects:
    draft, name = Draft(state), act.body.account
    found = account(state, act, name)
    _keeper(state, act, found["organisation"])
    waiting = draft.row("account-challenge", name)
    if waiting is None or "answer" in waiting:
        raise AccountWrongStatus(f"{name} waits for no answer")
    draft.amend("account-challenge", name, answer=act.body.amount_minor)
    return draft.effects


def reveal(state: State, act: Act[bodies.AccountReveal]) -> Effects:
    """What was paid, as it was logged; the answer was given before it could be known."""
    body, draft, name = act.body, Draft(state), act.body.account
    found = account(state, act, name)
    node = _verifier(state, act, name, found)
    waiting = draft.row("account-challenge", name)
    if waiting is None or "answer" not in waiting:
        raise AccountWrongStatus(f"{name} has not answered")
    if challenge_digest(body.salt, body.amount_minor) != waiting["digest"]:
        raise ChallengeWrong(name)
    draft.put("account-challenge", name, None)
    if waiting["answer"] == body.amount_minor:
        _confirm(draft, act, name, "micro-payment", node)
        return draft.effects
    failed = found["failed"] + 1
    status = "unproven" if failed >= challenges_max else found["status"]
    draft.amend("bank-account", name, failed=failed, status=status)
    return draft.effects


def close(state: State, act: Act[bodies.AccountClose]) -> Effects:
    """By whoever owns it, or keeps it. Nothing is paid to it from here on, whatever was agreed."""
    draft, name = Draft(state), act.body.account
    found = account(state, act, name)
    who = speaker(state, act.author)
    if who.organisation == found["organisation"]:
        officer(state, act, who.organisation)
    else:
        act_for(state, act, found.get("bank", ""), "maker", "checker")
    _in_status(name, found, "registered", "confirmed", "unproven")
    draft.put("account-challenge", name, None)
    draft.amend("bank-account", name, status="closed", reason=act.body.reason)
    return draft.effects


def account(state: State, act: Act[Any], name: str) -> Row:
    """The account, for an author whose organisation owns it, keeps it or verifies its owner."""
    mine = speaker(state, act.author).organisation
    found = Draft(state).row("bank-account", name)
    if found is None or mine not in (found["organisation"], found.get("bank"), found.get("node")):
        raise AccountUnknown(name)
    return found


def officer(state: State, act: Act[Any], organisation_handle: str) -> None:
    """The author decides about people, keys and accounts of the organisation. Raises `NotEntitled`."""
    who = speaker(state, act.author)
    if who.organisation != organisation_handle or not administers(state, who):
        raise NotEntitled(f"{act.author} is no officer of {organisation_handle}")


def _keeper(state: State, act: Act[Any], organisation_handle: str) -> None:
    """Whoever looks after accounts: an officer, or a person for whom money is the work."""
    who = speaker(state, act.author)
    if who.organisation == organisation_handle and who.roles & {"maker", "checker", "finance"}:
        return
    officer(state, act, organisation_handle)


def _verifier(state: State, act: Act[Any], name: str, found: Row) -> str:
    node = operator_of(state, act, "maker")
    if found.get("node") != node or node == found["organisation"]:
        raise NotEntitled(f"{node} does not verify {name}")
    return node


def _check_codes(state: State, body: bodies.AccountRegister) -> None:
    if body.scheme == "cnaps" and (not is_cnaps(body.bank_code) or body.country != "CN"):
        raise AccountRefused(f"{body.bank_code} is no bank code (联行号) of China")
    if body.scheme == "bic" and not is_bic(body.bank_code):
        raise AccountRefused(f"{body.bank_code} is no BIC")
    if body.bank is not None:
        require_capacity(state, body.bank, "bank")
        if body.bank == body.organisation:
            raise AccountRefused(f"{body.bank} would vouch for itself")


def _in_status(name: str, found: Row, *statuses: str) -> None:
    if found["status"] not in statuses:
        raise AccountWrongStatus(f"{name} is {found['status']}")


def keeper(state: Readable, payment: Row) -> str:
    """The bank that keeps the account to which something is paid, by its own word; empty where none has said so."""
    found = row(state.get("bank-account", str(payment.get("account", ""))))
    confirmed = {} if found is None else found.get("confirmed", {})
    return str(confirmed["by"]) if confirmed.get("how") == "bank" else ""


def _confirm(draft: Draft, act: Act[Any], name: str, how: str, who: str) -> None:
    told = {"how": how, "by": who, "index": act.index, "time": act.time}
    draft.amend("bank-account", name, status="confirmed", confirmed=told)
