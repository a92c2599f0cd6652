"""How each key of a bundle begins and ends, by the entries that say so (step 9 of docs/reference/bundle-format.md).

Of a key whose head is here, every entry that ever touched it is here too. Each of them must be understood: an entry
that did something to a key which the bundle does not tell leaves open whether the key goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import ValidationError

from tallystick.app.bundles.proposed import Admitted, Dismissed, approved, decide_type
from tallystick.identity import (
    AddKey,
    BindKey,
    Decide,
    LeavePerson,
    RevokeKey,
    RotateKey,
    devices,
    signing_types,
)
from tallystick.ledger import Body, KeyRecord, PublicKey, governance
from tallystick.ledger.bundle import Bundle, HeldEntry, HeldHead, errors
from tallystick.ledger.keys import KeyRefused

key_head = "key"
#: A person's keys end for this reason, however the entry words it.
left = "left"
B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key as the bundle shows it.

    proven: its head is here, and of every entry that it lists the bundle tells what it did to the key. untold:
    those of which it does not, and the registration if the head does not list it. bound: the entry that bound it to a certificate, and the anchor that this entry names.
    """

    record: KeyRecord
    proven: bool = False
    untold: tuple[int, ...] = ()
    revoked_at: int | None = None
    reason: str = ""
    replaced_by: str = ""
    suspect_from: int | None = None
    bound: tuple[int, str] | None = None

    def counts(self, held: HeldEntry) -> bool:
        return self.record.valid_at(held.index) and self.record.may_sign(held.entry.type)


@dataclass(frozen=True, slots=True)
class _End:
    """Why a key ends, what took its place, and from where on it is suspect."""

    reason: str
    by: str = ""
    suspect_from: int | None = None


def keys_of(bundle: Bundle) -> dict[str, HeldKey]:
    """All keys of a bundle, by reference. Raises `BundleKeyRefused`."""
    return _Lives(bundle).judged()


class _Lives:
    """Keys while the entries are read one after the other."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._found: dict[str, HeldKey] = {}
        self._owned: dict[str, list[str]] = {}
        self._told: set[tuple[str, int]] = set()

    def judged(self) -> dict[str, HeldKey]:
        for index in sorted(self._bundle.entries):
            held = self._bundle.entries[index]
            way = ways.get(held.entry.type)
            is_shown = held.body is not None or held.entry.type == decide_type
            if way is not None and is_shown and self._bundle.applied(held):
                way(self, held)
        return {name: self._judge(name, key) for name, key in self._found.items()}

    def _judge(self, name: str, key: HeldKey) -> HeldKey:
        head = self._head(name)
        if head is None:
            return key
        since = key.record.since
        listed = {index for index in head.indexes if (name, index) not in self._told}
        untold = listed if since in head.indexes else listed | {since}
        return replace(key, proven=not untold, untold=tuple(sorted(untold)))

    def genesis(self, held: HeldEntry) -> None:
        genesis = self._bundle.genesis
        if held.index:
            return
        for key, custody, types in (
            (genesis.log_key, "node", ("ledger.*",)),
            (genesis.receipt_key, "node", ()),
            (genesis.root_key, "self", ("*",)),
        ):
            self._begin(held, key.key, PublicKey.from_jwk(key.jwk), custody, types)
        self._governors(held, genesis.governance or ())

    def policy(self, held: HeldEntry) -> None:
        self._governors(held, self._body(held, governance.NewPolicy).governance)

    def epoch(self, held: HeldEntry) -> None:
        """Each epoch registers the new operator's keys, and ends the lost one's."""
        old = self._bundle.reached.at(held.index).keys
        for reference in (old.log_key, old.receipt_key):
            self._end(held, reference, _End("epoch"))
        new = self._bundle.reached.at(held.index + 1).keys
        self._begin(held, new.log_key, new.log.key, "node", ("ledger.*",))
        self._begin(held, new.receipt_key, new.receipt, "node", ())

    def add(self, held: HeldEntry) -> None:
        self._register(held, self._body(held, AddKey))

    def rotate(self, held: HeldEntry) -> None:
        body = self._body(held, RotateKey)
        self._register(held, body)
        self._end(held, body.old, _End("replaced", body.key, body.suspect_from))

    def revoke(self, held: HeldEntry) -> None:
        body = self._body(held, RevokeKey)
        self._end(held, body.key, _End(body.reason, "", body.suspect_from))

    def bind(self, held: HeldEntry) -> None:
        body = self._body(held, BindKey)
        key = self._found.get(body.key)
        if key is not None and key.bound is None:
            self._set(held, replace(key, bound=(held.index, body.anchor)))

    def leave(self, held: HeldEntry) -> None:
        self._end_all(held, self._body(held, LeavePerson).person, _End(left))

    def enrol(self, held: HeldEntry) -> None:
        """A device begins with its first key; the keys of the one whose place it takes end."""
        body = self._body(held, devices.EnrolDevice)
        if body.replaces is not None:
            self._end_all(held, body.replaces, _End("replaced"))
        types = devices.classes[body.purpose].types
        key = AddKey(key=body.key, jwk=body.jwk, custody=body.custody, types=types)
        self._register(held, key)

    def retire(self, held: HeldEntry) -> None:
        body = self._body(held, devices.RetireDevice)
        self._end_all(held, body.device, _End(body.reason, "", body.suspect_from))

    def suspend(self, held: HeldEntry) -> None:
        """Of the device's keys, those that signed what it shows: they alone list this entry."""
        device = self._body(held, devices.SuspendDevice).device
        for reference in self._owned.get(device, ()):
            head = self._head(reference)
            if head is not None and held.index in head.indexes:
                self._end(held, reference, _End("cloned"))

    def decide(self, held: HeldEntry) -> None:
        body = None if held.body is None else self._body(held, Decide)
        if body is not None and body.recovered is not None:
            told = body.recovered
            self._register(held, told)
            self._end(held, told.lost, _End(told.reason, told.key, told.suspect_from))
            return
        what = approved(self._bundle, held)
        if isinstance(what, Dismissed):
            for reference in self._owned.get(what.person, ()):
                if self._may_touch(held, reference):
                    self._end(held, reference, _End(left))
        elif isinstance(what, Admitted):
            for key in (key for one in what.people for key in one.keys):
                if self._may_touch(held, key.key):
                    self._register(held, key.added())

    def _governors(self, held: HeldEntry, named: tuple[governance.GovernanceKey, ...]) -> None:
        """They sign acts and no entry, and are registered where nobody has their reference: their heads say so."""
        for key in named:
            head = None if key.key in self._found else self._head(key.key)
            if head is not None and head.indexes[:1] == (held.index,):
                self._begin(held, key.key, _public(key.key, key.jwk), "self", ())

    def _register(self, held: HeldEntry, key: AddKey) -> None:
        try:
            public = key.public_key()
        except KeyRefused as error:
            raise errors.BundleKeyRefused(f"{key.key}: {error.detail}") from None
        self._begin(held, key.key, public, key.custody, signing_types(key.types))

    def _begin(
        self,
        held: HeldEntry,
        reference: str,
        public: PublicKey,
        custody: str,
        types: tuple[str, ...],
    ) -> None:
        if reference in self._found:
            said = f"{reference} is registered again by entry {held.index}"
            raise errors.BundleKeyRefused(said)
        owner = reference.partition(":")[2]
        self._owned.setdefault(owner, []).append(reference)
        record = KeyRecord(reference, owner, public, custody, types, held.index, None)
        self._set(held, HeldKey(record))

    def _end(self, held: HeldEntry, reference: str, end: _End) -> None:
        """The first end of a key holds; one whose registration is not here has none."""
        key = self._found.get(reference)
        if key is None or key.revoked_at is not None:
            return
        record = replace(key.record, until=held.index + 1)
        ended = replace(key, record=record, revoked_at=held.index, reason=end.reason)
        self._set(held, replace(ended, replaced_by=end.by, suspect_from=end.suspect_from))

    def _end_all(self, held: HeldEntry, owner: str, end: _End) -> None:
        """Every key that its owner has."""
        for reference in self._owned.get(owner, ()):
            self._end(held, reference, end)

    def _set(self, held: HeldEntry, key: HeldKey) -> None:
        self._found[key.record.reference] = key
        self._told.add((key.record.reference, held.index))

    def _may_touch(self, held: HeldEntry, reference: str) -> bool:
        """Whether the key's head lists the entry, or is not here to tell."""
        head = self._head(reference)
        return head is None or held.index in head.indexes

    def _head(self, reference: str) -> HeldHead | None:
        return self._bundle.heads.get((key_head, reference))

    def _body(self, held: HeldEntry, model: type[B]) -> B:
        try:
            return model.model_validate_json(held.body or b"")
        except ValidationError:
            raise errors.BundleKeyRefused(f"the body of entry {held.index}") from None


def _public(reference: str, jwk: Mapping[str, str]) -> PublicKey:
    try:
        return PublicKey.from_jwk(jwk)
    except KeyRefused as error:
        raise errors.BundleKeyRefused(f"{reference}: {error.detail}") from None


_Way = Callable[[_Lives, HeldEntry], None]
#: Every entry type that begins, ends or binds keys (docs/reference/bundle-format.md).
ways: Mapping[str, _Way] = {
    "ledger.genesis/1": _Lives.genesis,
    "ledger.policy/1": _Lives.policy,
    "ledger.epoch/1": _Lives.epoch,
    "identity.key.add/1": _Lives.add,
    "identity.key.rotate/1": _Lives.rotate,
    "identity.key.revoke/1": _Lives.revoke,
    "identity.key.bind/1": _Lives.bind,
    "identity.person.leave/1": _Lives.leave,
    decide_type: _Lives.decide,
    devices.enrol_type: _Lives.enrol,
    devices.retire_type: _Lives.retire,
    devices.suspend_type: _Lives.suspend,
}
