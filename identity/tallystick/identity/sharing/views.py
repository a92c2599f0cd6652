"""Agreements as data for their sides, and what another would see by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from tallystick.identity.saying import agreement_types, said_by
from tallystick.identity.sharing.bodies import Opened
from tallystick.identity.sharing.kinds import by_owner, by_reader
from tallystick.identity.sharing.matching import Scope, holds
from tallystick.identity.sharing.rules import kind
from tallystick.ledger import NotReadable, Reader, Thing, View

sharing_page_max = 100
Side = Literal["given", "received"]
#: How it stands on a day: as its document says, but that a day may have come or gone.
Standing = Literal["offered", "lapsed", "coming", "current", "expired", "ended"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement, a disclosure or a remit, by the hash of the entry that said it first."""

    name: str
    row: Row
    standing: Standing

    def told(self) -> dict[str, Any]:
        return {"agreement": self.name, **self.row, "state": self.standing}


def agreement(view: View, reader: Reader, name: str, today: str) -> Agreement:
    """For either side. Raises `NotReadable`."""
    row = cast(Row | None, view.get(kind, name))
    if row is None or not reader.may_read("parties", _sides(row), thing=_thing(name, row)):
        raise NotReadable(name)
    return _agreement(name, row, today)


def agreements_for(reader: Reader, found: Iterable[Agreement]) -> list[Agreement]:
    """Of a list that the reader may see, those that no grade raised since keeps from it."""
    return [one for one in found if reader.still_reads(_thing(one.name, one.row), _sides(one.row))]


def _sides(row: Row) -> tuple[str, str]:
    return row["owner"], row["to"]


def _thing(name: str, row: Row) -> Thing:
    return Thing("agreements", name, said=said_by(agreement_types, *_sides(row)))


def agreements(
    view: View, organisation: str, side: Side, today: str, after: str = "", limit: int = 50
) -> list[Agreement]:
    """Those that an organisation gave or received, whose list the reader may see, by name."""
    index = by_owner if side == "given" else by_reader
    found = view.find(index, organisation, after=(after, "") if after else None, limit=limit)
    return [_agreement(one.name, cast(Row, one.value), today) for one in found]


def previewed(what: Sequence[Opened], things: Sequence[Thing]) -> list[bool]:
    """Which of these things would be opened: the same judgement as at reading."""
    scopes = [
        Scope.of(one.model_dump(mode="json", exclude_none=True, exclude_defaults=True))
        for one in what
    ]
    return [holds(scopes, thing) for thing in things]


def _agreement(name: str, row: Row, today: str) -> Agreement:
    return Agreement(name, row, _standing(row, today))


def _standing(row: Row, today: str) -> Standing:
    state = row["state"]
    if state == "offered":
        return "offered" if row["until"] >= today else "lapsed"
    if state == "ended":
        return "ended"
    if row["until"] < today:
        return "expired"
    return "coming" if row.get("since", "") > today else "current"
