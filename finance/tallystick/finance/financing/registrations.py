"""Financings in the public register (中登网), as banks state them: number, term, renewal, cancellation after payoff.

Nobody here has checked them with the register: what is said is said by the bank, and signed.

    quote  <payload hash>  registration: {number, ends_on, renewals, cancelled?}
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.financing.acts import Registration, RegistrationCancel, RegistrationRenew
from tallystick.finance.financing.errors import RegistrationWrong
from tallystick.finance.financing.quotes import open_quote, pays_early
from tallystick.finance.money.dates import check_date
from tallystick.finance.parties import act_for
from tallystick.ledger import Act, Effects, State


def check(quote: Row, stated: Registration | None) -> dict[str, Any] | None:
    """The registration of a financing as its document; raises `RegistrationWrong`."""
    if pays_early(quote):
        if stated is not None:
            raise RegistrationWrong("a debtor that pays early finances nothing")
        return None
    if stated is None:
        raise RegistrationWrong("a financing is registered before it is paid out")
    if check_date(stated.ends_on) < quote["due_on"]:
        raise RegistrationWrong(
            f"it ends on {stated.ends_on}, the certificate is due on {quote['due_on']}"
        )
    return {**stated.model_dump(mode="json"), "renewals": 0}


def renew(state: State, act: Act[RegistrationRenew]) -> Effects:
    body, draft = act.body, Draft(state)
    quote, now = _registered(state, act)
    if check_date(body.registration.ends_on) <= now["ends_on"]:
        raise RegistrationWrong(f"it ends on {now['ends_on']} already")
    told = {**body.registration.model_dump(mode="json"), "renewals": now["renewals"] + 1}
    _write(draft, body.quote, quote, told)
    return draft.effects


def cancel(state: State, act: Act[RegistrationCancel]) -> Effects:
    body, draft = act.body, Draft(state)
    quote, now = _registered(state, act)
    if body.number != now["number"]:
        raise RegistrationWrong(f"{body.number} is not the number of this financing")
    if units_owed(draft, quote["certificate"], body.quote):
        raise RegistrationWrong("something of this financing is still owed")
    _write(draft, body.quote, quote, {**now, "cancelled": act.index})
    return draft.effects


def units_owed(draft: Draft, name: str, batch: str) -> int:
    """Minor units of a financing that are still owed."""
    return sum(
        row["end"] - row["start"]
        for row in draft.rows("holding", name).values()
        if row["batch"] == batch and row["state"] not in ("paid", "cancelled")
    )


def _registered(state: State, act: Act[Any]) -> tuple[Row, Row]:
    quote = open_quote(state, act, "financed")
    act_for(state, act, quote["bank"], "maker", "checker")
    now = quote.get("registration")
    if now is None or "cancelled" in now:
        raise RegistrationWrong("this financing has no registration, or it is cancelled")
    return quote, now


def _write(draft: Draft, name: str, quote: Row, told: dict[str, Any]) -> None:
    draft.amend("quote", name, registration=told)
    if draft.row("financing", quote["certificate"], name) is not None:
        draft.amend("financing", quote["certificate"], name, registration=told)
