"""Who signed the entries of a bundle: steps 9 and 10 of docs/reference/bundle-format.md.

Every signature must verify, by a key whose registration is in the bundle. A signature counts if its key was
registered at or before the entry, may sign its type, and was not revoked before it. That it was not is
proven only by the key's head; without it somebody may have left the revocation out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import cast

from pydantic import ValidationError

from tallystick.app.bundles.statements import Statement, authentic, proven
from tallystick.identity import (
    AddKey,
    BindKey,
    Decide,
    RecoverKey,
    RevokeKey,
    RotateKey,
    signing_types,
)
from tallystick.ledger import (
    Genesis,
    KeyRecord,
    PublicKey,
    SuiteLacking,
    TallystickError,
    check_signature,
    pae,
)
from tallystick.ledger.bundle import Bundle, HeldEntry, errors
from tallystick.ledger.keys import KeyRefused

About = AddKey | RevokeKey | Decide | BindKey
#: Entries that begin or end keys, or bind them. A decision does so exactly if it restates what it completes.
_models: Mapping[str, type[About]] = {
    "identity.key.add/1": AddKey,
    "identity.key.revoke/1": RevokeKey,
    "identity.key.rotate/1": RotateKey,
    "identity.decide/1": Decide,
    "identity.key.bind/1": BindKey,
}
#: What else registers keys, read elsewhere (`_genesis_keys`, `_add_epochs`).
_of_operators = frozenset({"ledger.genesis/1", "ledger.epoch/1"})


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key as the bundle shows it. `proven`: its head is here with the bodies of all entries that it lists.

    `bound`: the entry that bound it to a certificate, and the anchor that this entry names.
    """

    record: KeyRecord
    proven: bool
    revoked_at: int | None = None
    reason: str = ""
    replaced_by: str = ""
    suspect_from: int | None = None
    bound: tuple[int, str] | None = None

    def counts(self, held: HeldEntry) -> bool:
        return self.record.valid_at(held.index) and self.record.may_sign(held.entry.type)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that counts."""

    key: HeldKey
    own: bool


class Signers:
    """The keys of a bundle, and which of them signed each entry so that it counts.

    Raises `BundleSuiteLacking` naming every entry with a signature that this program cannot check.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self.keys = _keys(bundle)
        self._used: set[str] = set()
        self._lacking: dict[int, str] = {}
        self.by_entry: Mapping[int, tuple[Signed, ...]] = {
            index: self._signed(bundle.entries[index]) for index in sorted(bundle.entries)
        }
        if self._lacking:
            suites = ", ".join(sorted(set(self._lacking.values())))
            entries = ", ".join(map(str, self._lacking))
            raise errors.BundleSuiteLacking(f"entries {entries}: {suites}")

    def statement(self) -> Statement:
        """Of all entries of the bundle together."""
        entries, keys = len(self._bundle.entries), len(self._used)
        unproven = [key for key in self._used if not self.keys[key].proven]
        if not unproven:
            return proven("signers.proven", entries=entries, keys=keys)
        return authentic("signers.unproven", entries=entries, keys=keys, unproven=len(unproven))

    def _signed(self, held: HeldEntry) -> tuple[Signed, ...]:
        message = pae(held.envelope.payload)
        counting: list[Signed] = []
        own: list[HeldKey] = []
        for signature in held.envelope.signatures:
            key = self.keys.get(signature.keyid)
            if key is None:
                raise errors.BundleKeyUnknown(f"{signature.keyid}, which signed entry {held.index}")
            try:
                check_signature(signature, key.record.public, message)
            except SuiteLacking as error:
                self._lacking[held.index] = error.suite
            except TallystickError as error:
                raise errors.BundleSignatureFails(f"entry {held.index}: {error.detail}") from None
            self._used.add(signature.keyid)
            mine = key.record.owner == held.entry.author
            own += [key] if mine else []
            if key.counts(held):
                counting.append(Signed(key, mine))
        if own and not any(signed.own for signed in counting):
            raise _invalid(held, own)
        return tuple(counting)


def _invalid(held: HeldEntry, own: list[HeldKey]) -> errors.BundleRefused:
    for key in own:
        at = key.revoked_at
        if at is not None and at < held.index:
            said = f"entry {at} revoked {key.record.reference}, which signed entry {held.index}"
            return errors.SignerRevoked(said)
    return errors.SignerNotValid(f"entry {held.index}, by {own[0].record.reference}")


def _keys(bundle: Bundle) -> dict[str, HeldKey]:
    found = dict(_genesis_keys(bundle.genesis))
    _add_epochs(bundle, found)
    for held in _applied(bundle):
        _take(found, held)
    return {name: replace(key, proven=_is_proven(bundle, name, key)) for name, key in found.items()}


def _take(found: dict[str, HeldKey], held: HeldEntry) -> None:
    """What an entry says of keys: a new one, the end of an old one, or both."""
    body = _parsed(_models[held.entry.type], held)
    if isinstance(body, Decide):
        if body.recovered is None:
            return
        body = body.recovered
    if isinstance(body, BindKey):
        key = found.get(body.key)
        if key is not None and key.bound is None:
            found[body.key] = replace(key, bound=(held.index, body.anchor))
        return
    if isinstance(body, RevokeKey):
        _end(found, body.key, held.index, body.reason, "", body.suspect_from)
        return
    if body.key in found:
        raise errors.BundleKeyRefused(f"{body.key} is registered again by entry {held.index}")
    try:
        public = body.public_key()
    except KeyRefused as error:
        raise errors.BundleKeyRefused(f"{body.key}: {error.detail}") from None
    types = signing_types(body.types)
    found[body.key] = _held(body.key, public, body.custody, types, held.index)
    if isinstance(body, RotateKey):
        _end(found, body.old, held.index, "replaced", body.key, body.suspect_from)
    elif isinstance(body, RecoverKey):
        _end(found, body.lost, held.index, body.reason, body.key, body.suspect_from)


def _end(
    found: dict[str, HeldKey],
    reference: str,
    index: int,
    reason: str,
    replaced_by: str,
    suspect_from: int | None,
) -> None:
    """The first end of a key holds."""
    key = found.get(reference)
    if key is not None and key.revoked_at is None:
        record = replace(key.record, until=index + 1)
        found[reference] = replace(
            key, record=record, revoked_at=index, reason=reason,
            replaced_by=replaced_by, suspect_from=suspect_from,
        )  # fmt: skip


def _is_proven(bundle: Bundle, name: str, key: HeldKey) -> bool:
    """A revocation whose body is not shown says nothing, nor does an entry that touched the key in a way that a
    bundle does not tell (somebody left or was dismissed, a device was retired): then the key is not proven.
    """
    head = bundle.heads.get(("key", name))
    if head is None or key.record.since not in head.indexes:
        return False
    return all(_tells(bundle.entries[index]) for index in head.indexes)


def _tells(held: HeldEntry) -> bool:
    """Whether what an entry did to a key can be read from it."""
    if held.body is None:
        return False
    if held.entry.type == "identity.decide/1":
        return cast(Decide, _parsed(Decide, held)).recovered is not None
    return held.entry.type in _models or held.entry.type in _of_operators


def _genesis_keys(genesis: Genesis) -> Iterator[tuple[str, HeldKey]]:
    named = (
        (genesis.log_key, "node", ("ledger.*",)),
        (genesis.receipt_key, "node", ()),
        (genesis.root_key, "self", ("*",)),
    )
    for key, custody, types in named:
        yield key.key, _held(key.key, PublicKey.from_jwk(key.jwk), custody, types, 0)


def _add_epochs(bundle: Bundle, found: dict[str, HeldKey]) -> None:
    """Each epoch registers the new operator's keys, and revokes the lost one's."""
    for before, start in pairwise(bundle.reached.epochs):
        old = bundle.reached.at(before + 1).keys
        for reference in (old.log_key, old.receipt_key):
            record = replace(found[reference].record, until=start + 1)
            found[reference] = HeldKey(record, False, start, "epoch")
        new = bundle.reached.at(start + 1).keys
        for reference, public, types in (
            (new.log_key, new.log.key, ("ledger.*",)),
            (new.receipt_key, new.receipt, ()),
        ):
            found[reference] = _held(reference, public, "node", types, start)


def _held(
    reference: str, public: PublicKey, custody: str, types: tuple[str, ...], index: int
) -> HeldKey:
    owner = reference.partition(":")[2]
    return HeldKey(KeyRecord(reference, owner, public, custody, types, index, None), False)


def _applied(bundle: Bundle) -> Iterator[HeldEntry]:
    for index in sorted(bundle.entries):
        held = bundle.entries[index]
        if held.entry.type in _models and held.body is not None and bundle.applied(held):
            yield held


def _parsed(model: type[About], held: HeldEntry) -> About:
    try:
        return model.model_validate_json(held.body or b"")
    except ValidationError:
        raise errors.BundleKeyRefused(f"the body of entry {held.index}") from None
