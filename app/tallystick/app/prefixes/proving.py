"""What another log says of a prefix, from a bundle to the body of an entry that carries it as proof."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from tallystick.app.bundles.facts import Facts
from tallystick.app.bundles.verify import forms
from tallystick.app.files import read_bytes
from tallystick.identity import (
    ArrivePrefix,
    CarriedPrefix,
    DeclinePrefix,
    LeavePrefix,
    Proven,
    ReturnPrefix,
)
from tallystick.ledger import Body, ProofFile, TallystickError, Verifier
from tallystick.ledger.bundle import (
    Bundle,
    HeldEntry,
    Pins,
    bundle_bytes_max,
    layout,
    open_bundle,
    unpack,
)

B = TypeVar("B", bound=Body)
leave_type, carried_type = "identity.prefix.leave/1", "identity.prefix.carried/1"
decline_type = "identity.prefix.decline/1"
_bodies: Mapping[str, type[LeavePrefix | CarriedPrefix | DeclinePrefix]] = {
    leave_type: LeavePrefix,
    carried_type: CarriedPrefix,
    decline_type: DeclinePrefix,
}


class FolderRefused(TallystickError):
    code = "prefix-folder-refused"
    status = 400
    title = "The folder does not hold what was carried of this prefix"
    advice = "Have `tallystick prefix carry` write it again, and take the whole folder."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who will hold the prefix here, by which lease, and the key by which the other log is trusted."""

    holder: str
    role: str
    log_key: str
    address: str
    quota: int | None = None
    expires: str | None = None


def arriving(bundle: Bundle, files: dict[str, bytes], prefix: str, wanted: Wanted) -> ArrivePrefix:
    """Raises `FolderRefused`. Who signed the two entries, by the keys that the other log registered, is verified with it."""
    found = _about(bundle, prefix)
    if not {leave_type, carried_type} <= set(found):
        raise FolderRefused(f"the proof is not about {prefix}")
    return _made(
        ArrivePrefix,
        prefix=prefix,
        holder=wanted.holder,
        role=wanted.role,
        log_key=wanted.log_key,
        address=wanted.address,
        checkpoint=files[layout.checkpoint_file].decode(),
        leave=_proven(files, found[leave_type]),
        carried=_proven(files, found[carried_type]),
        quota=wanted.quota,
        expires=wanted.expires,
    )


def returning(path: Path, prefix: str, log_key: str) -> ReturnPrefix:
    """From the file of a decline. Raises `FolderRefused` and what is wrong with the bundle."""
    data = read_bytes(path, bundle_bytes_max)
    bundle = open_bundle(data, Pins(log_keys=(Verifier.parse(log_key),)), forms)
    found, files = _about(bundle, prefix), unpack(data)
    if decline_type not in found:
        raise FolderRefused(f"{path.name} does not decline {prefix}")
    return _made(
        ReturnPrefix,
        prefix=prefix,
        checkpoint=files[layout.checkpoint_file].decode(),
        decline=_proven(files, found[decline_type]),
    )


def _made(model: type[B], **told: object) -> B:
    try:
        return model.model_validate(told)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise FolderRefused(f"{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


def _about(bundle: Bundle, prefix: str) -> dict[str, HeldEntry]:
    """Its entries about a prefix, by type."""
    facts, found = Facts(bundle), dict[str, HeldEntry]()
    for held in facts.shown():
        for entry_type, model in _bodies.items():
            body = facts.body(held, entry_type, model)
            if body is not None and body.prefix == prefix:
                found[entry_type] = held
    return found


def _proven(files: dict[str, bytes], held: HeldEntry) -> Proven:
    proof = ProofFile.parse(files[layout.proof_file(held.index)].decode())
    return Proven(
        index=held.index,
        envelope=base64.b64encode(held.leaf).decode(),
        body=(held.body or b"").decode(),
        salt=(held.salt or b"").hex(),
        path=tuple(node.hex() for node in proof.path),
    )
