"""Entry types and kinds of document of bank accounts and payees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.accounts import admitting, bodies, changing, rules
from tallystick.finance.accounts.views import parties
from tallystick.finance.draft import Row
from tallystick.finance.parties import organisation, prefix_holder, speaker
from tallystick.ledger import (
    Act,
    AttachmentRef,
    Document,
    EntryType,
    Kind,
    Mark,
    State,
    graded,
)

_data = graded("money", "partner")
_details = graded("money", "partner", attachments=Mark("personal", "restricted"))


def kinds() -> tuple[Kind, ...]:
    return (
        Kind("bank-account", {"account-by-party": _parties_of}),
        Kind("bank-account-of"),
        Kind("account-challenge"),
        Kind("payee"),
        Kind("payee-proposal", {"payee-proposal-of": _owner}),
    )


def account_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.account.register/1",
            bodies.AccountRegister,
            rules.register,
            "An organisation registers a bank account",
            _registered,
            own_key=True,
            attachments=_attached,
            admit=admitting.admit,
            data=_details,
        ),
        EntryType(
            "finance.account.attest/1",
            bodies.AccountAttest,
            rules.attest,
            "The bank that keeps an account says whose it is",
            _of_account,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.account.challenge/1",
            bodies.AccountChallenge,
            rules.challenge,
            "A node is about to pay a small amount to an account",
            _of_account,
            data=_data,
        ),
        EntryType(
            "finance.account.answer/1",
            bodies.AccountAnswer,
            rules.answer,
            "The organisation names the amount that came in",
            _of_account,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.account.reveal/1",
            bodies.AccountReveal,
            rules.reveal,
            "The node reveals the amount; the account is confirmed, or not",
            _of_account,
            data=_data,
        ),
        EntryType(
            "finance.account.close/1",
            bodies.AccountClose,
            rules.close,
            "Nothing is paid to this account any more",
            _of_account,
            own_key=True,
            data=_data,
        ),
        *_payee_types(),
    )


def _payee_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.payee.propose/1",
            bodies.PayeePropose,
            changing.propose,
            "An officer proposes to which account the organisation is paid",
            _own,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.payee.approve/1",
            bodies.PayeeApprove,
            changing.approve,
            "A second officer approves; a change takes three business days",
            _own,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.payee.cancel/1",
            bodies.PayeeCancel,
            changing.cancel,
            "An officer cancels a change before it is in force",
            _own,
            data=_data,
        ),
    )


def _attached(body: bodies.AccountRegister) -> Iterable[AttachmentRef]:
    return (body.details,)


def _registered(state: State, act: Act[Any]) -> Iterable[str]:
    """The organisation, its node and its bank."""
    owner = act.body.organisation
    node = prefix_holder(state, organisation(state, owner).node)
    return [*filter(None, (owner, act.body.bank, node)), *_own(state, act)]


def _of_account(state: State, act: Act[Any]) -> Iterable[str]:
    found = cast("Row | None", state.get("bank-account", act.body.account))
    return [*(parties(found) if found else ()), *_own(state, act)]


def _own(state: State, act: Act[Any]) -> Iterable[str]:
    return (speaker(state, act.author).organisation,)


def _parties_of(_name: str, _part: str, row: Document) -> Iterable[str]:
    return parties(cast(Row, row))


def _owner(_name: str, _part: str, row: Document) -> Iterable[str]:
    return (str(row["organisation"]),)
