"""What an account's attachment must say, beside the body that names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from tallystick.finance.accounts import bodies
from tallystick.finance.accounts.numbers import is_domestic, is_iban, tail_characters
from tallystick.finance.errors import AccountDetailsWrong


def admit(body: Any, attachments: Mapping[str, bytes]) -> None:
    """Number and holder, with the check digits of the number. Raises `AccountDetailsWrong`, which repeats neither."""
    data = attachments[body.details.hash]
    if body.details.grade != "restricted" or body.details.type != bodies.details_type:
        raise AccountDetailsWrong(f"they are restricted, of type {bodies.details_type}")
    try:
        details = bodies.AccountDetails.model_validate_json(data)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(map(str, wrong["loc"])) or "the attachment"
        raise AccountDetailsWrong(f"{place} is not as it must be") from None
    number = details.number
    if number[-tail_characters:] != body.tail:
        raise AccountDetailsWrong("the number does not end as the body says")
    if body.scheme == "cnaps" and not is_domestic(number):
        raise AccountDetailsWrong("the number has other characters than digits")
    if body.scheme == "bic" and not (is_iban(number) or is_domestic(number)):
        raise AccountDetailsWrong("the number is neither an IBAN whose check is right, nor digits")
    if is_iban(number) and number[:2] != body.country:
        raise AccountDetailsWrong(f"the IBAN is not of {body.country}")
