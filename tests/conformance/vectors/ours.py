"""Every vector by our own Python: what comes of a case's `given`."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from tallystick.ledger import (
    Note,
    Passkey,
    PublicKey,
    Submission,
    TallystickError,
    Verifier,
    bls,
    canonical,
    heads,
    merkle,
    witness,
)
from tallystick.ledger import disclosure as parts
from tallystick.ledger.checkpoint import ProofFile, open_checkpoint
from tallystick.ledger.verify import Verified, verify

Given = Mapping[str, Any]
Gives = dict[str, Any]


def canonical_json(given: Given) -> Gives:
    canonical.decode(raw(given["data"]))
    return {}


def public_key(given: Given) -> Gives:
    return {"fingerprint": PublicKey.from_jwk(given["jwk"]).fingerprint()}


def signature(given: Given) -> Gives:
    key = PublicKey.from_jwk(given["jwk"])
    return {"verifies": key.verifies(raw(given["signature"]), raw(given["message"]))}


def envelope(given: Given) -> Gives:
    keys = {keyid: _registered(told) for keyid, told in given["keys"].items()}
    found = verify(Submission(raw(given["envelope"]), b"{}", bytes(32)), keys)
    if isinstance(found, TallystickError):
        raise found
    return {"leaf_hash": _leaf_hash(found)}


def disclosure(given: Given) -> Gives:
    salt, body = raw(given["salt"]), raw(given["body"])
    ordered = sorted(parts.fields(canonical.decode(body)), key=lambda field: field[0].encode())
    rows = [
        [pointer, parts.field_salt(salt, pointer).hex(), parts.field_leaf(salt, pointer, value).hex()]
        for pointer, value in ordered
    ]  # fmt: skip
    return {"root": parts.fields_root(salt, body), "fields": rows}


def inclusion(given: Given) -> Gives:
    leaf, path, root = unhex(given["leaf"]), _path(given), unhex(given["root"])
    merkle.verify_inclusion(leaf, int(given["index"]), int(given["size"]), path, root)
    return {}


def consistency(given: Given) -> Gives:
    first, second = int(given["first"]), int(given["second"])
    roots = unhex(given["root1"]), unhex(given["root2"])
    merkle.verify_consistency(first, second, *roots, _path(given))
    return {}


def verifier_key(given: Given) -> Gives:
    kind = {"log": Verifier, "witness": witness.Cosigner}[given["use"]]
    key = kind.parse(given["vkey"])
    return {"name": key.name, "key_id": key.key_id.hex()}


def note(given: Given) -> Gives:
    found = Note.read(raw(given["note"]))
    signed = found.signed_by([Verifier.parse(vkey) for vkey in given["vkeys"]])
    return {"text": found.text, "signed": [key.name for key, _ in signed]}


def checkpoint(given: Given) -> Gives:
    found = open_checkpoint(given["note"], Verifier.parse(given["vkey"]))
    return {"origin": found.origin, "size": str(found.size), "root": found.root.hex()}


def proof_file(given: Given) -> Gives:
    proof, log = ProofFile.parse(given["proof"]), Verifier.parse(given["vkey"])
    found = open_checkpoint(proof.checkpoint, log)
    merkle.verify_inclusion(unhex(given["leaf"]), proof.index, found.size, proof.path, found.root)
    return {"index": str(proof.index), "size": str(found.size)}


def head(given: Given) -> Gives:
    heads.HeadProof.read(given["head"]).verify(unhex(given["root"]))
    return {}


def policy(given: Given) -> Gives:
    found = witness.Policy.parse(raw(given["policy"]))
    try:
        found.require_overlap()
    except witness.QuorumsApart as error:
        return {"quorum": found.quorum, "overlap": error.code}
    return {"quorum": found.quorum, "overlap": ""}


def cosigned(given: Given) -> Gives:
    told = witness.Policy.parse(given["policy"])
    found = witness.open_cosigned(
        Note.read(raw(given["note"])), told, Verifier.parse(given["vkey"])
    )
    times = {name: str(time) for name, time in found.times.items()}
    return {"size": str(found.checkpoint.size), "met": found.verdict.met, "times": times}


def quorum_text(given: Given) -> Gives:
    found = bls.Registered(text=given["text"], possessions=tuple(given["possessions"])).proven()
    names = [signer.name for signer in found.text.signers]
    return {"threshold": found.text.threshold, "signers": names}


def quorum_certificate(given: Given) -> Gives:
    quorum = bls.Registered(text=given["text"], possessions=tuple(given["possessions"])).proven()
    found = bls.open_certificate(Note.read(raw(given["note"])), quorum)
    return {"signers": list(found.signers)}


runners: dict[str, Callable[[Given], Gives]] = {
    "canonical": canonical_json,
    "public-keys": public_key,
    "signatures": signature,
    "envelopes": envelope,
    "disclosure": disclosure,
    "inclusion": inclusion,
    "consistency": consistency,
    "verifier-keys": verifier_key,
    "notes": note,
    "checkpoints": checkpoint,
    "proof-files": proof_file,
    "heads": head,
    "policies": policy,
    "cosignatures": cosigned,
    "quorum-texts": quorum_text,
    "quorum-certificates": quorum_certificate,
}


def raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


def _path(given: Given) -> list[bytes]:
    return [unhex(node) for node in given["path"]]


def _leaf_hash(found: Verified) -> str:
    return found.leaf_hash.hex()


def _registered(told: Mapping[str, Any]) -> PublicKey:
    key = PublicKey.from_jwk(told["jwk"])
    site = told.get("webauthn")
    return key if site is None else key.as_passkey(Passkey(site["rp_id"], site["origin"]))
