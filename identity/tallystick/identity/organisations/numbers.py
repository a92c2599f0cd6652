"""One registered number is one organisation: 统一社会信用代码, LEI, or a foreign register's number with its country.

organisation-number  <scheme>:<country>:<number in upper case>   {organisation}
"""

from __future__ import annotations

from tallystick.identity.organisations.errors import NumberTaken
from tallystick.ledger import Change, State

kind = "organisation-number"


def name_of(scheme: str, number: str, country: str | None) -> str:
    """How a number is written down, whatever its letters' case."""
    return f"{scheme}:{country or ''}:{number.upper()}"


def holder_of(state: State, scheme: str, number: str, country: str | None = None) -> str | None:
    """The organisation that is registered by this number."""
    found = state.get(kind, name_of(scheme, number, country if scheme == "register" else None))
    return None if found is None else str(found["organisation"])


def claimed(
    state: State, organisation: str, scheme: str, number: str | None, country: str | None
) -> list[Change]:
    """The claim on a number; nothing without one. Raises `NumberTaken`."""
    if number is None or scheme == "none":
        return []
    country = country if scheme == "register" else None
    if holder_of(state, scheme, number, country) is not None:
        raise NumberTaken(f"{scheme} {number}")
    return [Change(kind, name_of(scheme, number, country), {"organisation": organisation})]
