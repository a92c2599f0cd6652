"""What a name can name: a handle record, or an organisation or device that has none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import directory, names, records
from tallystick.identity.handles import HandleUnknown
from tallystick.identity.prefixes.standing import require_writable
from tallystick.ledger import Act, State, everybody


@dataclass(frozen=True, slots=True)
class Subject:
    """A handle as it is registered, and the organisation that speaks for it. `deleted`: it resolves no more."""

    handle: str
    owner: str
    deleted: bool = False

    @property
    def folded(self) -> str:
        return names.fold(self.handle)

    @property
    def prefix(self) -> str:
        """That under which it is administered."""
        return names.administered_by(self.handle)


def subject(state: State, handle: str) -> Subject:
    """What stands under a handle, spelled as registered. Persons have no names here. Raises `HandleUnknown`.

    An organisation or device that came along with its prefix and is not registered here is known by its name
    alone: for a device whoever then held the prefix speaks, for an organisation nobody.
    """
    row = records.find(state, handle)
    if row is not None and row["handle"] == handle:
        return Subject(handle, row["owner"], "deleted" in row)
    organisation = cast(Mapping[str, Any] | None, state.get("organisation", handle))
    if organisation is not None:
        return Subject(handle, organisation.get("placeholder_of", handle))
    device = cast(Mapping[str, Any] | None, state.get("device", handle))
    if device is not None:
        return Subject(handle, device["organisation"])
    party = cast(Mapping[str, Any] | None, state.get("party", names.fold(handle)))
    if party is not None and _came(party) and party["handle"] == handle:
        return Subject(handle, party["from"]["owner"])
    raise HandleUnknown(f"{handle}: a record, organisation or device, spelled as registered")


def _came(party: Mapping[str, Any]) -> bool:
    return "from" in party and party["kind"] in ("organisation", "device")


def owner_of(state: State, handle: str) -> str:
    """Who speaks for a handle that is registered: now, since a record that is renewed may have another owner."""
    return subject(state, handle).owner


def own(state: State, act: Act[Any], handle: str) -> Subject:
    """As `subject`, which must be there still, for an author who speaks for its owner, and under a prefix
    that is active here."""
    found = subject(state, handle)
    if found.deleted:
        raise HandleUnknown(f"{handle} was deleted")
    directory.act_for(state, act, found.owner)
    require_writable(state, found.prefix, act)
    return found


def readers_said(state: State, act: Act[Any]) -> Iterable[str]:
    """Everybody, or the author's organisation and the readers whom an act names."""
    readers = act.body.readers
    if readers is None:
        return (everybody,)
    return (directory.speaker(state, act.author).organisation, *readers)
