"""Drafts: the exact bytes of an entry, rehearsed against the state of now, for a person who will sign them.

Nothing is signed here and nothing is kept: whoever has the draft signs it with a key that this node does not have,
and sends it like any other entry. It expires soon, so that a signature that was held back is worth nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import tallystick.finance as finance
from tallystick.app.bootstrap import Node
from tallystick.app.login import Member
from tallystick.app.permissions import RoleMissing, reader_of
from tallystick.app.signing.errors import DraftNotYours
from tallystick.identity import SecondKeyNeeded
from tallystick.ledger import (
    Body,
    Clock,
    Entry,
    Envelope,
    IndexUnknown,
    KeyRecord,
    Reader,
    RuleSet,
    Snapshot,
    TallystickError,
    View,
    body_hash,
    canonical,
    fields_root,
    instant,
    new_id,
    rehearse,
    simulated_suffix,
)

good_for_ms = 15 * 60_000
cited_max = 4
#: So many texts of a body that may be hashes are looked up.
hashes_max = 64
_hash_chars = 64
#: By which route people read documents of these kinds.
read_by: Mapping[str, str] = {
    "pending": "/v1/pending",
    "agreement": "/finance",
    "payee-proposal": "/accounts",
    "sharing": "/v1/sharing",
    "proposal": "/finance",
    "tolerance-proposal": "/finance",
    "match-release-proposal": "/finance",
    "offer": "/finance",
    "quote": "/finance",
    "certificate": "/finance",
    "pledge": "/finance",
    "lock": "/finance",
    "dispute": "/finance",
    "cancellation": "/finance",
    "freeze-proposal": "/v1/pending",
    "policy-proposal": "/policies",
    "conditions-proposal": "/policies",
    "calendar-proposal": "/v1/pending",
    "limit-proposal": "/limits",
    "guarantee-proposal": "/guarantees",
    "cover-proposal": "/insurance",
    "decision-proposal": "/insurance",
    "insurance-cover": "/insurance",
    "insurance-claim": "/insurance",
    "facility-proposal": "/facilities",
    "interest-proposal": "/finance",
    "tender": "/tenders",
}
#: Documents that an act may name by the hash of the entry that made them, and where they say its index.
citing: Mapping[str, str] = {
    "pending": "since",
    "agreement": "index",
    "payee-proposal": "index",
    "sharing": "said.index",
    "proposal": "index",
    "tolerance-proposal": "index",
    "match-release-proposal": "index",
    "offer": "index",
    "quote": "index",
    "pledge": "index",
    "lock": "index",
    "dispute": "index",
    "cancellation": "index",
    "freeze-proposal": "index",
    "policy-proposal": "index",
    "conditions-proposal": "index",
    "calendar-proposal": "index",
    "limit-proposal": "index",
    "guarantee-proposal": "index",
    "cover-proposal": "index",
    "decision-proposal": "index",
    "insurance-cover": "index",
    "insurance-claim": "index",
    "facility-proposal": "index",
    "interest-proposal": "index",
    "tender": "index",
}


@dataclass(frozen=True, slots=True)
class Cited:
    """An entry that a draft names by its hash, as far as whoever signs may read it."""

    type: str
    payload: bytes
    body: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """`keys`: each suffices alone, or, if `together`, it takes two of them.

    `apart`: the second is of another device, for an amount above which its organisation asks for two keys.
    """

    entry: Entry
    body: bytes
    salt: bytes
    keys: tuple[KeyRecord, ...]
    together: bool
    cited: tuple[Cited, ...]
    currency: str = ""
    apart: bool = False


@dataclass(frozen=True, slots=True)
class SigningDesk:
    """Of one node."""

    node: Node
    origin: str
    clock: Clock

    def draft(
        self,
        member: Member,
        author: str,
        entry_type: str,
        body: Mapping[str, Any],
        fields: bool = False,
        entry_id: str | None = None,
    ) -> Draft:
        """Raises `DraftNotYours`, or whatever the log would say."""
        if author != member.person:
            raise DraftNotYours(author)
        rules, now_ms = self.node.rules, self.clock.now_ms()
        fields = fields or entry_type in finance.views.shown_in_part
        parsed = rules.parse_body(entry_type, canonical.encode(dict(body)))
        data, salt = parsed.encode(), secrets.token_bytes(32)
        entry = Entry(
            self.origin,
            entry_type,
            author,
            entry_id or new_id(now_ms, secrets.token_bytes(10)),
            instant(now_ms),
            body_hash(salt, data),
            expires=instant(now_ms + good_for_ms),
            fields_root=fields_root(salt, data) if fields or parsed.in_parts else None,
        )
        with self.node.reader.open() as snapshot:
            keys = self.keys_of(snapshot, author)
            alone, refusal = self._alone(snapshot, entry, parsed, salt, keys)
            if refusal is not None:
                self._rehearse(snapshot, entry, parsed, salt, keys, refusal)
            cited = tuple(cited_of(rules, snapshot, member, data))
            currency = currency_of(snapshot, member, (data, *(one.body for one in cited)))
        apart = refusal is not None and refusal.code == SecondKeyNeeded.code
        return Draft(entry, data, salt, alone or keys, not alone, cited, currency, apart)

    def keys_of(self, snapshot: Snapshot, person: str) -> tuple[KeyRecord, ...]:
        """Those that are valid now, and that this node does not hold."""
        found = self.node.directory.keys_of(snapshot.view, person)
        return tuple(one for one in found if one.until is None and one.custody != "node")

    def _alone(
        self,
        snapshot: Snapshot,
        entry: Entry,
        body: Body,
        salt: bytes,
        keys: Sequence[KeyRecord],
    ) -> tuple[tuple[KeyRecord, ...], TallystickError | None]:
        """The keys that suffice by themselves; where none does, what is said of the first one."""
        good: list[KeyRecord] = []
        refusal: TallystickError | None = None
        for key in keys:
            try:
                self._rehearse(snapshot, entry, body, salt, (key,))
                good.append(key)
            except TallystickError as error:
                refusal = refusal or error
        if not keys:
            self._rehearse(snapshot, entry, body, salt, ())
        return tuple(good), None if good else refusal

    def _rehearse(
        self,
        snapshot: Snapshot,
        entry: Entry,
        body: Body,
        salt: bytes,
        keys: Sequence[KeyRecord],
        instead: TallystickError | None = None,
    ) -> None:
        """Raises what stands against it; `instead`, where more keys do not help either."""
        references = [key.reference for key in keys]
        try:
            rehearse(
                snapshot,
                self.node.rules,
                self.node.directory,
                entry,
                body,
                salt,
                references,
                "" if self.origin.endswith(simulated_suffix) else entry.time,
            )
        except TallystickError:
            if instead is None:
                raise
            raise instead from None


def cited_of(rules: RuleSet, snapshot: Snapshot, member: Member, body: bytes) -> Iterator[Cited]:
    """The entries that a body names by their hashes, if the member may read them."""
    told = 0
    for value in islice(hashes(canonical.decode_object(body)), hashes_max):
        for kind, member_name in citing.items():
            if kind not in rules.kinds or told == cited_max:
                continue
            row = cast(Mapping[str, Any] | None, snapshot.view.get(kind, value))
            index = None if row is None else _under(row, member_name)
            if not isinstance(index, int):
                continue
            try:
                found = snapshot.disclose(index, reader_for(kind, member))
            except (IndexUnknown, RoleMissing):
                continue
            if found.body is None or found.salt is None:
                continue
            told += 1
            payload = Envelope.parse(found.row.leaf).payload
            yield Cited(found.row.type, payload, found.body, found.salt)


def _under(row: Mapping[str, Any], path: str) -> Any:
    """What stands at `said.index` and the like; None if nothing does."""
    found: Any = row
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def reader_for(kind: str, member: Member) -> Reader:
    """As whom a member reads documents of a kind, in its roles. Raises `RoleMissing`."""
    return reader_of(read_by[kind], member.roles, member.reader())


def hashes(told: object) -> Iterator[str]:
    """Every text in a body that may be a hash."""
    if isinstance(told, str) and len(told) == _hash_chars:
        yield told
    children = told.values() if isinstance(told, Mapping) else told
    if isinstance(children, list | tuple) or isinstance(told, Mapping):
        for child in cast(Sequence[object], children):
            yield from hashes(child)


def currency_of(snapshot: Snapshot, member: Member, bodies: Iterable[bytes]) -> str:
    """Of a certificate that one of the bodies names, if the member reads it; empty if none is."""
    for data in bodies:
        name = canonical.decode_object(data).get("certificate")
        if not isinstance(name, str):
            continue
        try:
            reading = Looking(snapshot.view, reader_for("certificate", member))
            return str(finance.views.readable_certificate(reading, name)["currency"])
        except TallystickError:
            continue
    return ""


@dataclass(frozen=True, slots=True)
class Looking:
    """A view, and who looks at it."""

    view: View
    reader: Reader
