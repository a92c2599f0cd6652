"""Programs write as users of the Handle API do: with keys that the node holds, within their scopes (formats §10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from tallystick.app.keystore import KeyMissing
from tallystick.app.machines.errors import NoHeldKey, ScopeMissing
from tallystick.app.machines.principal import Principal, admitted
from tallystick.app.writing import NodePen, Pens
from tallystick.identity import Administrator, Pen, Said, UnknownParty
from tallystick.ledger import Answer, KeyRecord


@dataclass(frozen=True, slots=True)
class MachinePen:
    """A `Pen` that writes what its program may."""

    pen: Pen
    principal: Principal

    @property
    def author(self) -> str:
        return self.pen.author

    @property
    def organisation(self) -> str:
        return self.pen.organisation

    def write(self, said: Sequence[Said]) -> list[Answer]:
        """Raises `ScopeMissing`."""
        for one in said:
            scope = f"{one.type.partition('.')[0]}:write"
            self.principal.require(scope)
            if not signs(self.principal.types, one.type):
                raise ScopeMissing(scope)
        return self.pen.write(said)


def administrator(request: HTTPConnection, pens: Pens) -> Administrator | None:
    """The program that asks, as one who writes; None for others. Raises `ScopeMissing` or `NoHeldKey`."""
    principal = admitted(request)
    if principal is None:
        return None
    try:
        pen = pens.of(principal.author)
    except (KeyMissing, UnknownParty):
        raise NoHeldKey(f"of {principal.author}") from None
    if pen.organisation != principal.organisation:
        raise NoHeldKey(f"{principal.author} is no longer of {principal.organisation}")
    return Administrator(_identity(principal, pen), MachinePen(pen, principal))


def signs(types: tuple[str, ...], entry_type: str) -> bool:
    """As `KeyRecord.may_sign`."""
    part = entry_type.partition(".")[0]
    return "*" in types or entry_type in types or f"{part}.*" in types


def _identity(principal: Principal, pen: Pen) -> str:
    """The reference under which HS_ADMIN values know it: the key that signed the request, or the one held here."""
    if principal.by == "signature":
        return principal.name
    keys: tuple[KeyRecord, ...] = pen.keys if isinstance(pen, NodePen) else ()
    return keys[0].reference if keys else f"0:{principal.author}"
