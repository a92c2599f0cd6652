"""Bank accounts of organisations: registered, proven, named as payee, and changed with care."""

from tallystick.finance.accounts import views
from tallystick.finance.accounts.bodies import (
    AccountAnswer,
    AccountAttest,
    AccountChallenge,
    AccountClose,
    AccountDetails,
    AccountRegister,
    AccountReveal,
    PayeeApprove,
    PayeeCancel,
    PayeePropose,
    details_type,
    micro_amount_max,
)
from tallystick.finance.accounts.numbers import (
    cnaps_check,
    compact,
    is_bic,
    is_cnaps,
    is_domestic,
    is_iban,
    masked,
)
from tallystick.finance.accounts.payees import calendar_days, target, waiting_business_days
from tallystick.finance.accounts.rules import challenge_digest, challenges_max

__all__ = [
    "AccountAnswer",
    "AccountAttest",
    "AccountChallenge",
    "AccountClose",
    "AccountDetails",
    "AccountRegister",
    "AccountReveal",
    "PayeeApprove",
    "PayeeCancel",
    "PayeePropose",
    "calendar_days",
    "challenge_digest",
    "challenges_max",
    "cnaps_check",
    "compact",
    "details_type",
    "is_bic",
    "is_cnaps",
    "is_domestic",
    "is_iban",
    "masked",
    "micro_amount_max",
    "target",
    "views",
    "waiting_business_days",
]
