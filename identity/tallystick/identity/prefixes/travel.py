"""What goes along when a prefix moves: which documents, how their digests are summed up, how they are taken in.

A record's digest is SHA-256(RFC 8785 of [kind, name, part, document]). A batch is SHA-256(salt ‖ digests). The
chain begins with 32 zero bytes: chain' = SHA-256(chain ‖ batch). The batches come in from the last one to the
first, so that each proves itself against the chain that the other log stated, and the zeros end it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import ConfigDict, Field, ValidationError

from tallystick.identity import names, records, versioned
from tallystick.identity.bodies import HandleValue, values_per_handle_max
from tallystick.identity.prefixes.errors import MoveRefused
from tallystick.ledger import Act, Body, Change, Count, Document, Handle, Instant, State, canonical

no_chain = bytes(32).hex()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where records come from, and who answers for them here if their owner is not registered here."""

    prefix: str
    origin: str
    url: str
    holder: str


Take = Callable[[State, Act[Any], Arrival, str, str, Document], list[Change]]


@dataclass(frozen=True, slots=True)
class Carrier:
    """A kind of document that goes along. `told`: what of it goes, which does not change on the way."""

    kind: str
    separator: str
    told: Callable[[Document], Document]
    take: Take

    def under(self, prefix: str, name: str) -> bool:
        """Whether a document of this name goes along with the prefix."""
        return name.startswith(prefix + self.separator)


class _Value(HandleValue):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    time: Instant


class _Part(Body):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=False)


class _Deleted(_Part):
    reason: Annotated[str, Field(max_length=40)]
    time: Instant


class _Record(_Part):
    handle: Handle
    owner: Handle
    since: Count
    values: Annotated[tuple[_Value, ...], Field(max_length=values_per_handle_max)]
    deleted: _Deleted | None = None


class _Party(_Part):
    handle: Handle
    kind: Literal["organisation", "person", "device", "log"]


class _Child(_Part):
    holder: Handle
    role: Literal["secondary", "enterprise"]


def digest(kind: str, name: str, part: str, document: Document) -> str:
    """Hex SHA-256 of a document with its place."""
    return hashlib.sha256(canonical.encode([kind, name, part, document])).hexdigest()


def chained(chain: str, salt: str, digests: Iterable[str]) -> str:
    """The chain after a batch."""
    batch = hashlib.sha256(bytes.fromhex(salt + "".join(digests))).digest()
    return hashlib.sha256(bytes.fromhex(chain) + batch).hexdigest()


def carrier(kind: str) -> Carrier:
    """Raises `MoveRefused`."""
    try:
        return carriers[kind]
    except KeyError:
        raise MoveRefused(f"no document of kind {kind} goes along") from None


def document_of(text: str) -> Document:
    """Raises `MoveRefused`."""
    try:
        found = canonical.decode(text.encode())
    except (canonical.NotCanonical, UnicodeError) as error:
        raise MoveRefused(f"a document is RFC 8785 JSON: {error}") from None
    if not isinstance(found, dict):
        raise MoveRefused("a document is an object")
    return found


def _whole(document: Document) -> Document:
    return document


def _fields(*wanted: str) -> Callable[[Document], Document]:
    return lambda document: {name: document[name] for name in wanted}


def _take_handle(
    state: State, act: Act[Any], arrival: Arrival, name: str, _part: str, document: Document
) -> list[Change]:
    """The record as it stood is its next version here; its history stays where it was written."""
    record = _read(_Record, document)
    if names.fold(record.handle) != name:
        raise MoveRefused(f"the record {record.handle} does not stand under {name}")
    names.split(record.handle)
    known = state.get("organisation", record.owner) is not None
    after: dict[str, Any] = {
        **document,
        "owner": record.owner if known else arrival.holder,
        "since": act.index,
        "from": {"origin": arrival.origin, "since": record.since},
    }
    return records.changed(name, records.find(state, record.handle), after)


def _take_party(
    state: State, _act: Act[Any], arrival: Arrival, name: str, _part: str, document: Document
) -> list[Change]:
    """The name stays taken; the same party may be registered here under it, and nobody else."""
    party = _read(_Party, document)
    if names.fold(party.handle) != name:
        raise MoveRefused(f"the party {party.handle} does not stand under {name}")
    if state.get("party", name) is not None:
        return []
    told: dict[str, Any] = {
        "handle": party.handle,
        "kind": party.kind,
        "from": {"origin": arrival.origin},
    }
    return [Change("party", name, told)]


def _take_child(
    state: State, act: Act[Any], arrival: Arrival, name: str, _part: str, document: Document
) -> list[Change]:
    """A prefix delegated below stays at home where it was, and is delegated by nobody here."""
    child = _read(_Child, document)
    if state.get("prefix", name) is not None:
        return []
    home = {"origin": arrival.origin, "url": arrival.url, "index": act.index}
    row: dict[str, Any] = {"holder": child.holder, "role": child.role, "home": home}
    return versioned.written(state, act, "prefix", name, row)


def _take_batch(
    state: State, _act: Act[Any], arrival: Arrival, name: str, part: str, document: Document
) -> list[Change]:
    """Batches and their shares as they stood; an owner who is not registered here is answered for."""
    owner = document.get("owner")
    if isinstance(owner, str) and state.get("organisation", owner) is None:
        document = {**document, "owner": arrival.holder}
    return [Change("batch", name, document, part)]


def _take_range(
    _state: State, _act: Act[Any], _arrival: Arrival, name: str, part: str, document: Document
) -> list[Change]:
    """A site that is offline still holds its numbers; nobody else takes them meanwhile."""
    return [Change("range", name, document, part)]


def _read(model: type[Any], document: Document) -> Any:
    try:
        return model.model_validate_json(canonical.encode(cast(Mapping[str, Any], document)))
    except ValidationError as error:
        wrong = error.errors()[0]
        raise MoveRefused(f"{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


#: By kind, in the order in which they are carried.
carriers: Mapping[str, Carrier] = {
    one.kind: one
    for one in (
        Carrier("batch", "/", _whole, _take_batch),
        Carrier("handle", "/", _whole, _take_handle),
        Carrier("party", "/", _fields("handle", "kind"), _take_party),
        Carrier("range", "/", _whole, _take_range),
        Carrier("prefix", ".", _fields("holder", "role"), _take_child),
    )
}
