"""Bodies of the acts on bank accounts. Number and holder's name stand in an attachment alone.

The attachment's hash is the salted digest of both; its bytes are RFC 8785 JSON {"holder", "number"}.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tallystick.finance.receivables.acts import Amount
from tallystick.finance.trade.documents import Currency
from tallystick.ledger import AttachmentRef, Body, Handle, Hex32

details_type = "application/vnd.tallystick.account+json"
micro_amount_max = 99_99

BankScheme = Literal["cnaps", "bic"]
AccountName = Annotated[str, Field(max_length=300, pattern=r"^[^\s#/]+/[^\s#]+#A-[0-9]+$")]
MicroAmount = Annotated[Amount, Field(le=micro_amount_max, description="minor units")]


class AccountDetails(BaseModel):
    """What the attachment says."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    holder: Annotated[str, Field(min_length=1, max_length=200)]
    number: Annotated[str, Field(min_length=5, max_length=34)]


class AccountRegister(Body):
    """Body of `finance.account.register/1`, by an officer, maker or finance clerk of the organisation.

    `bank_code`: 12 digits (联行号) or a BIC. `bank`: the organisation of this log that keeps the account, if it
    takes part. `tail`: the last four characters of the number.
    """

    organisation: Handle
    scheme: BankScheme
    bank_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{8,12}$")]
    bank: Handle | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    currency: Currency
    tail: Annotated[str, Field(pattern=r"^[0-9A-Z]{4}$")]
    details: AttachmentRef


class AccountAttest(Body):
    """Body of `finance.account.attest/1`, by the bank that keeps it: the account is this organisation's, or not."""

    account: AccountName
    belongs: bool


class AccountChallenge(Body):
    """Body of `finance.account.challenge/1`, by the node that verified the organisation, before it pays.

    `digest`: hex SHA-256 of `tallystick/account-challenge/v1\\n` ‖ salt (32 bytes) ‖ the amount in digits.
    """

    account: AccountName
    digest: Hex32


class AccountAnswer(Body):
    """Body of `finance.account.answer/1`, by the organisation: the amount that came in."""

    account: AccountName
    amount_minor: MicroAmount


class AccountReveal(Body):
    """Body of `finance.account.reveal/1`, by the node, once the organisation has answered."""

    account: AccountName
    amount_minor: MicroAmount
    salt: Hex32


class AccountClose(Body):
    """Body of `finance.account.close/1`, by an officer of the organisation, or by the bank."""

    account: AccountName
    reason: Literal["closed", "frozen", "mistake"]


class PayeePropose(Body):
    """Body of `finance.payee.propose/1`, by an officer: what comes in this currency goes to this account."""

    organisation: Handle
    currency: Currency
    account: AccountName


class PayeeApprove(Body):
    """Body of `finance.payee.approve/1`, by a second officer. The first account is in force at once; a change
    after three business days."""

    proposal: Hex32


class PayeeCancel(Body):
    """Body of `finance.payee.cancel/1`, by any officer, before the change is in force."""

    proposal: Hex32
