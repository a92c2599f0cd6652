"""Which directories the login page offers: bound by their organisation, with a client secret at this node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from tallystick.app.directory.secrets import Secrets
from tallystick.identity import logins
from tallystick.ledger import View

offered_max = 12
_looked_at_max = 1000


@dataclass(frozen=True, slots=True)
class Offered:
    """`issuers` by organisation; `more`: there are others, which whoever looks for one has to name."""

    issuers: Mapping[str, str]
    more: bool


def offered(view: View, secrets: Secrets, organisation: str = "") -> Offered:
    """The first ones, or that of one organisation."""
    if organisation:
        return Offered(_bound(view, secrets, [organisation]), more=False)
    names = view.names(logins.directory_kind, after="", limit=_looked_at_max)
    found = _bound(view, secrets, names)
    shown = dict(list(found.items())[:offered_max])
    return Offered(shown, len(found) > len(shown) or len(names) == _looked_at_max)


def _bound(view: View, secrets: Secrets, names: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        row = cast(Mapping[str, str] | None, view.get(logins.directory_kind, name))
        if row is not None and secrets.has(name):
            found[name] = row["issuer"]
    return found
