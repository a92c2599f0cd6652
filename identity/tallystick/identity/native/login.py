"""Who asks: challenges and their answers (RFC 3652 §3.5).

The server sends a nonce, which is good once, for a minute, for the source and session that it was sent to. The
client signs nonce ‖ SHA-256 of the question. Good are keys of the log (Ed25519, P-256), and RSA and DSA keys
that stand as HS_PUBKEY in a record: those serve this log-in and never sign an entry.

A person reads in its roles, an organisation's own key for it as a whole; a service, and a key that stands in a record,
as programs do. Other devices say what their class may, and read nothing.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, cast

from cachetools import TTLCache
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, padding, rsa

from tallystick.identity import directory, records
from tallystick.identity.keyring import Directory
from tallystick.identity.native.bodies import (
    ChallengeReply,
    nonce_bytes,
    question_digest,
    read_signed_proof,
    sha256_name,
)
from tallystick.identity.native.errors import (
    ChallengeUnknown,
    HashRefused,
    LoginRefused,
    LoginUnsupported,
)
from tallystick.identity.native.message import Message
from tallystick.ledger import Reader, RuleError, View, grading

challenges_max = 4096
challenge_s = 60
key_bits_min = 2048
_broken = ("MD5", "SHA1", "SHA-1")
_program = ("program",)


@dataclass(frozen=True, slots=True)
class Pending:
    source: str
    nonce: bytes
    question: Message


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose key answered a challenge, and for whom it reads."""

    handle: str
    reader: Reader


class Noting(Protocol):
    """Where it is noted what a reader was let see of a handle's record."""

    def __call__(self, asker: Asker, handle: str) -> AbstractContextManager[Reader]: ...


def unnoted(asker: Asker, handle: str) -> AbstractContextManager[Reader]:
    """Notes nothing of what is seen of `handle`."""
    return nullcontext(asker.reader)


@dataclass(frozen=True, slots=True)
class Admission:
    """The roles in which people read records, and where looks are noted."""

    read_by: frozenset[str] = grading.everyone
    noting: Noting = unnoted


class Challenges:
    """Those that were sent and not answered. Not for several threads at once."""

    def __init__(self) -> None:
        self._pending: TTLCache[int, Pending] = TTLCache(
            challenges_max, challenge_s, timer=time.monotonic
        )

    def new(self, source: str, question: Message) -> tuple[int, bytes]:
        """(session, nonce) of a new challenge."""
        session, nonce = secrets.randbelow(2**32 - 1) + 1, secrets.token_bytes(nonce_bytes)
        self._pending[session] = Pending(source, nonce, question)
        return session, nonce

    def take(self, source: str, session: int) -> Pending:
        """Once. Raises `ChallengeUnknown`."""
        found = self._pending.get(session)
        if found is None or found.source != source:
            raise ChallengeUnknown(str(session))
        del self._pending[session]
        return found


def login_message(nonce: bytes, question: Message) -> bytes:
    """What the client signs."""
    return nonce + question_digest(question)


def asker_of(view: View, reply: ChallengeReply, message: bytes, read_by: frozenset[str]) -> Asker:
    """Who answered a challenge; people read in one of these roles. Raises a `NativeRefused`."""
    if reply.kind != "HS_PUBKEY":
        raise LoginUnsupported(reply.kind)
    algorithm, signature = read_signed_proof(reply.proof)
    if algorithm.upper() in _broken:
        raise HashRefused(algorithm)
    if algorithm != sha256_name:
        raise LoginRefused(f"an algorithm {algorithm!r}")
    try:
        reader = (
            _of_log_key(view, reply.key_handle, read_by)
            if _is_log_key(view, reply, signature, message)
            else _of_record(view, reply, signature, message)
        )
    except RuleError as error:
        raise LoginRefused(str(error)) from None
    return Asker(reply.key_handle, reader)


def _is_log_key(view: View, reply: ChallengeReply, signature: bytes, message: bytes) -> bool:
    """Whether the log has such a key. Raises `LoginRefused` if it has, and it did not sign this."""
    known = Directory().key(view, f"{reply.key_index}:{reply.key_handle}")
    if known is None:
        return False
    if known.until is not None:
        raise LoginRefused("the key was revoked")
    if not known.public.verifies(signature, message):
        raise LoginRefused("the signature is not by this key")
    return True


def _of_log_key(view: View, handle: str, read_by: frozenset[str]) -> Reader:
    who = directory.speaker(view, handle)
    if who.kind == "organisation":
        return Reader.party(who.organisation)
    row = cast(Mapping[str, Any], view.get(who.kind, handle))
    if any(ended in row for ended in ("left", "suspended", "retired", "replaced")):
        raise LoginRefused("whose key it is does not act any more")
    if who.kind == "person":
        if not who.roles & read_by:
            raise LoginRefused("none of the person's roles reads records")
        return Reader.party(who.organisation, who.roles)
    if row["purpose"] != "service":
        raise LoginRefused(f"a {row['purpose']} reads nothing for its organisation")
    return Reader.party(who.organisation, _program)


def _of_record(view: View, reply: ChallengeReply, signature: bytes, message: bytes) -> Reader:
    row = records.find(view, reply.key_handle)
    values = () if row is None or "deleted" in row else row["values"]
    found = next((one for one in values if one["index"] == reply.key_index), None)
    if row is None or found is None or (found["type"], found.get("format")) != ("HS_PUBKEY", "key"):
        raise LoginRefused(f"there is no key {reply.key_index}:{reply.key_handle}")
    if not _verifies(cast(Mapping[str, Any], json.loads(found["data"])), signature, message):
        raise LoginRefused("the signature is not by this key")
    return Reader.party(row["owner"], _program)


def _verifies(jwk: Mapping[str, Any], signature: bytes, message: bytes) -> bool:
    """Of an RSA key (PKCS #1 v1.5) or a DSA key, with SHA-256. Raises `LoginRefused` for one that is too weak."""
    try:
        if jwk.get("kty") == "RSA":
            public = rsa.RSAPublicNumbers(_int(jwk["e"]), _int(jwk["n"])).public_key()
            _require_bits(public.key_size)
            public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            return True
        if jwk.get("kty") == "DSA":
            numbers = dsa.DSAParameterNumbers(_int(jwk["p"]), _int(jwk["q"]), _int(jwk["g"]))
            key = dsa.DSAPublicNumbers(_int(jwk["y"]), numbers).public_key()
            _require_bits(key.key_size)
            key.verify(signature, message, hashes.SHA256())
            return True
    except (InvalidSignature, KeyError, TypeError, ValueError):
        pass
    return False


def _require_bits(bits: int) -> None:
    if bits < key_bits_min:
        raise LoginRefused(f"the key has {bits} bits, fewer than {key_bits_min}")


def _int(told: object) -> int:
    raw = str(told)
    return int.from_bytes(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)), "big")
