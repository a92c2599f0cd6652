"""Verifying a bundle: steps 1 to 8 of docs/reference/bundle-format.md, in its order and with its codes.

Pure: bytes and pins in, a `Bundle` out, or a `BundleRefused`. What the entries mean, and whose keys signed
them, is judged above the ledger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from tallystick.ledger import canonical, disclosure, merkle, system
from tallystick.ledger.anchor import AnchorClaimRefused, Claim, note_hash
from tallystick.ledger.bundle import errors, layout
from tallystick.ledger.bundle.container import unpack
from tallystick.ledger.bundle.held import Bundle, HeldEntry, Pins
from tallystick.ledger.bundle.listed import no_heads, open_heads, require_acts
from tallystick.ledger.bundle.manifest import Forms, Manifest
from tallystick.ledger.bundle.shown import Shown
from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused, ProofFile
from tallystick.ledger.entry import Entry, Envelope, body_hash, pae, public_salt
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.fields import Body
from tallystick.ledger.governance import epoch_type, policy_type, rules_type
from tallystick.ledger.keys import KeyRefused, PublicKey
from tallystick.ledger.note import Note, NoteRefused, Verifier
from tallystick.ledger.reach import ChainEntry, ChainRefused, Pinned, Reached, reach
from tallystick.ledger.verify import check_signature
from tallystick.ledger.witness.cosigned import cosign_times
from tallystick.ledger.witness.policy import Policy

Files = Mapping[str, bytes]
act_types = frozenset({policy_type, rules_type, epoch_type})


def open_bundle(data: bytes, pins: Pins, forms: Forms) -> Bundle:
    """Raises `NothingPinned` or `BundleRefused`."""
    if pins.nothing:
        raise errors.NothingPinned
    files = unpack(data)
    layout.check_files(files)
    manifest = Manifest.parse(files[layout.manifest_file], forms)
    note, checkpoint = _checkpoint(files, manifest)
    entries = {held.index: held for held in _entries(files, checkpoint)}
    attachments = dict(_attachments(files, entries))
    genesis = _genesis(entries[0], checkpoint, pins)
    reached, acts = _reached(entries)
    log = _log_key(note, checkpoint, reached, pins)
    policy = _policy(files, checkpoint, reached, pins)
    verdict = _cosigned(note, policy)
    claim = _anchor(files, note, log)
    block = _block(entries, genesis, checkpoint)
    found = {(h.kind, h.name): h for h in open_heads(files, block, entries)}
    keeps = block.heads != no_heads
    if keeps:
        require_acts(found, acts)
    return Bundle(
        manifest, pins, checkpoint, log, genesis, reached, acts, policy, verdict, block,
        entries, found, attachments, keeps, note, claim,
    )  # fmt: skip


def _checkpoint(files: Files, manifest: Manifest) -> tuple[Note, Checkpoint]:
    try:
        note = Note.read(files[layout.checkpoint_file])
        checkpoint = Checkpoint.parse(note.text)
    except (NoteRefused, CheckpointRefused) as error:
        raise errors.BundleCheckpointRefused(error.detail) from None
    if checkpoint.size < 2 or checkpoint.origin != manifest.origin:
        raise errors.BundleCheckpointRefused(f"of {checkpoint.origin}, size {checkpoint.size}")
    return note, checkpoint


def _entries(files: Files, checkpoint: Checkpoint) -> Iterator[HeldEntry]:
    for index in layout.indexes(files, "entries"):
        leaf = files[layout.entry_file(index)]
        try:
            envelope = Envelope.parse(leaf)
            entry = Entry.parse(envelope.payload)
        except TallystickError as error:
            raise errors.BundleEntryRefused(f"{index}: {error.detail}") from None
        if entry.origin != checkpoint.origin:
            raise errors.BundleEntryRefused(f"{index}: it is of the log {entry.origin}")
        leaf_hash = merkle.leaf_hash(leaf)
        _included(files, index, leaf_hash, checkpoint)
        told = hashlib.sha256(envelope.payload).hexdigest()
        body, salt, document = _body(files, index, entry)
        shown = _shown(files, index, entry)
        yield HeldEntry(index, leaf, leaf_hash, told, envelope, entry, body, salt, document, shown)


def _included(files: Files, index: int, leaf_hash: bytes, checkpoint: Checkpoint) -> None:
    try:
        proof = ProofFile.parse(files[layout.proof_file(index)].decode())
    except (TallystickError, UnicodeDecodeError) as error:
        raise errors.BundleProofRefused(f"{index}: {error}") from None
    if proof.index != index:
        raise errors.BundleProofRefused(f"{index}: it is of entry {proof.index}")
    if proof.checkpoint.encode() != files[layout.checkpoint_file]:
        raise errors.BundleProofRefused(f"{index}: it leads to another checkpoint")
    try:
        merkle.verify_inclusion(leaf_hash, index, checkpoint.size, proof.path, checkpoint.root)
    except merkle.ProofRefused as error:
        raise errors.EntryNotInLog(f"{index}: {error.detail}") from None


def _body(
    files: Files, index: int, entry: Entry
) -> tuple[bytes | None, bytes | None, dict[str, canonical.Json] | None]:
    body = files.get(layout.body_file(index))
    if body is None:
        return None, None, None
    salt = files[layout.salt_file(index)]
    if len(salt) != layout.salt_bytes or body_hash(salt, body) != entry.body_hash:
        raise errors.BodyDiffers(f"{index}: body and salt do not hash to body_hash")
    told = entry.fields_root
    try:
        document = canonical.decode_object(body)
        if told is not None and disclosure.fields_root(salt, body) != told:
            raise errors.BodyDiffers(f"{index}: fields_root is another one")
    except canonical.NotCanonical as error:
        raise errors.BodyDiffers(f"{index}: {error.detail}") from None
    return body, salt, document


def _shown(files: Files, index: int, entry: Entry) -> Shown | None:
    data = files.get(layout.disclosure_file(index))
    if data is None:
        return None
    if entry.fields_root is None:
        raise errors.FieldDiffers(f"{index}: its author did not sign its fields one by one")
    try:
        shown = Shown.parse(data)
        shown.verify(entry.fields_root)
    except errors.FieldDiffers as error:
        raise errors.FieldDiffers(f"{index}: {error.detail}") from None
    return shown


def _attachments(files: Files, entries: Mapping[int, HeldEntry]) -> Iterator[tuple[str, bytes]]:
    names = layout.in_folder(files, "attachments")
    named = {h for held in entries.values() for h in _hashes(held.document)} if names else set()
    for name in names:
        digest, data = name.partition("/")[2], files[name]
        if len(data) < layout.salt_bytes or hashlib.sha256(data).hexdigest() != digest:
            raise errors.AttachmentDiffers(name)
        if digest not in named:
            raise errors.FileStray(name)
        yield digest, data[layout.salt_bytes :]


def _hashes(value: Any) -> Iterator[str]:
    """Every text under a member `hash`, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("hash"), str):
            yield value["hash"]
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from _hashes(child)


def _genesis(held: HeldEntry, checkpoint: Checkpoint, pins: Pins) -> system.Genesis:
    if pins.genesis is not None and pins.genesis != held.leaf_hash:
        raise errors.WrongGenesis(f"its genesis has the leaf hash {held.leaf_hash.hex()}")
    body = _public(held, system.genesis_type, system.Genesis)
    if not isinstance(body, system.Genesis) or body.origin != checkpoint.origin:
        raise errors.BundleGenesisRefused("entry 0 is no genesis of this origin")
    if held.entry.author != body.root:
        raise errors.BundleGenesisRefused("its author is not the root authority that it names")
    named = (body.log_key, body.receipt_key, body.root_key)
    try:
        keys = {key.key: PublicKey.from_jwk(key.jwk) for key in named}
    except KeyRefused as error:
        raise errors.BundleGenesisRefused(error.detail) from None
    if {s.keyid for s in held.envelope.signatures} != set(keys) or len(keys) != len(named):
        raise errors.BundleGenesisRefused("it is not signed by the three keys that it names")
    message = pae(held.envelope.payload)
    try:
        for signature in held.envelope.signatures:
            check_signature(signature, keys[signature.keyid], message)
    except TallystickError as error:
        raise errors.BundleGenesisRefused(error.detail) from None
    return body


def _reached(entries: Mapping[int, HeldEntry]) -> tuple[Reached, tuple[int, ...]]:
    """What genesis leads to, and the acts of governance on the way."""
    acts = [held for index, held in sorted(entries.items()) if held.entry.type in act_types]
    if bare := [held.index for held in acts if held.body is None]:
        raise errors.ActsRefused(f"the act at {bare[0]} is here without its body")
    chain = [
        ChainEntry(held.index, held.leaf, held.body, held.salt)
        for held in (entries[0], *acts)
        if held.body is not None and held.salt is not None
    ]
    try:
        reached = reach(Pinned(genesis=entries[0].leaf_hash), chain)
    except ChainRefused as error:
        raise errors.ActsRefused(error.detail) from None
    return reached, tuple(held.index for held in acts)


def _log_key(note: Note, checkpoint: Checkpoint, reached: Reached, pins: Pins) -> Verifier:
    """The log key of the checkpoint's epoch, which signed it; what is pinned leads to it."""
    logs = [reached.at(start + 1).log for start in reached.epochs]
    for keys in pins.sets():
        if not any(log in keys for log in logs):
            pinned = ", ".join(key.encode() for key in keys)
            told = ", ".join(log.encode() for log in logs)
            raise errors.WrongLogKey(f"pinned is {pinned}, the bundle is of {told}")
    log = reached.at(checkpoint.size).log
    try:
        signed = note.verify([log])
    except NoteRefused as error:
        raise errors.WrongLogKey(error.detail) from None
    if not signed:
        raise errors.WrongLogKey(f"no signature by {log.encode()}")
    return log


def _policy(files: Files, checkpoint: Checkpoint, reached: Reached, pins: Pins) -> Policy:
    """The policy in force; what the bundle says is its text must be it, whatever was pinned."""
    regime = reached.at(checkpoint.size).regime
    if files[layout.policy_file] != regime.text.encode():
        raise errors.PolicyReplaced(f"it is not the text in force since index {regime.since}")
    return regime.policy if pins.policy is None else pins.policy


def _cosigned(note: Note, policy: Policy) -> Any:
    try:
        verdict = policy.judge(cosign_times(note, policy).keys())
    except NoteRefused as error:
        raise errors.CosignatureFails(error.detail) from None
    if not verdict.met:
        raise errors.NotFinal(str(verdict))
    return verdict


def _anchor(files: Files, note: Note, log: Verifier) -> Claim | None:
    """What the bundle claims of a chain, about this very checkpoint; whether it is so, no file shows."""
    data = files.get(layout.anchor_file)
    if data is None:
        return None
    try:
        claim = Claim.parse(data)
    except AnchorClaimRefused as error:
        raise errors.BundleAnchorRefused(error.detail) from None
    if claim.note != note_hash(note, log):
        raise errors.AnchorOfOther("the hash of the note is another one")
    return claim


def _block(
    entries: Mapping[int, HeldEntry], genesis: system.Genesis, checkpoint: Checkpoint
) -> system.Block:
    last = checkpoint.size - 1
    held = entries.get(last)
    body = None if held is None else _public(held, system.block_type, system.Block)
    if held is None or not isinstance(body, system.Block):
        raise errors.BundleBlockRefused(f"entry {last} is not here, or is no block")
    if held.entry.author != genesis.log or body.size != last:
        raise errors.BundleBlockRefused(f"entry {last} is not the log's own block")
    return body


def _public(held: HeldEntry, entry_type: str, model: type[Body]) -> Body | None:
    """The body of a public type; None if it is another, or is not in its form."""
    if held.entry.type != entry_type or held.body is None or held.salt != public_salt:
        return None
    try:
        return model.model_validate_json(held.body)
    except ValidationError:
        return None
