"""The entry that enrols a device: drafted, approved by a person, completed by the device."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tallystick.app.devices import asked
from tallystick.app.devices.asked import Kept, decoded
from tallystick.app.devices.errors import EnrolmentMalformed, EnrolmentProofWrong
from tallystick.identity import Directory, devices, holds_handle, names
from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    Entry,
    Envelope,
    KeyRecord,
    PublicKey,
    Signature,
    Submission,
    TallystickError,
    View,
    body_hash,
    check_signature,
    instant,
    new_id,
    pae,
)


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An entry before anybody signed it."""

    payload: bytes
    body: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """What a device asked for; `kept.jwk` is there."""

    organisation: str
    kept: Kept

    @property
    def jwk(self) -> Mapping[str, str]:
        return self.kept.jwk or {}

    def body(self, device: str, index: int = 300) -> devices.EnrolDevice:
        """The body that enrols it under this handle."""
        return devices.EnrolDevice(
            device=device,
            organisation=self.organisation,
            purpose=self.kept.purpose,
            key=f"{index}:{device}",
            jwk=dict(self.jwk),
            replaces=self.kept.replaces,
            factory=self.factory(),
        )

    def attachment(self) -> Attachment | None:
        kept = self.kept
        if kept.factory is None or kept.factory_salt is None:
            return None
        data, salt = decoded(kept.factory), decoded(kept.factory_salt)
        return Attachment(devices.factory.media_type, data, salt, "restricted")

    def factory(self) -> devices.FactoryIdentity | None:
        """What its factory's certificates show; it was examined when the device asked."""
        attached = self.attachment()
        if attached is None:
            return None
        shown = devices.factory.examine(attached.data, self.jwk)
        chain = AttachmentRef(
            hash=attached.hash(), type=attached.type, size=len(attached.data), grade="restricted"
        )
        return devices.FactoryIdentity(
            ca=shown.ca, certificate=shown.certificate, serial=shown.serial, chain=chain
        )

    def unsigned(
        self,
        origin: str,
        author: str,
        device: str,
        now_ms: int,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> Unsigned:
        """The exact bytes that whoever approves signs."""
        body, salt = self.body(device).encode(), random(32)
        entry = Entry(
            origin,
            devices.enrol_type,
            author,
            new_id(now_ms, random(10)),
            instant(now_ms),
            body_hash(salt, body),
        )
        return Unsigned(entry.payload(), body, salt)


def check_factory(data: bytes, jwk: Mapping[str, str], now_ms: int) -> None:
    """Raises `FactoryRefused`."""
    shown = devices.factory.examine(data, jwk)
    if not devices.factory.valid_at(shown, now_ms):
        raise devices.factory.FactoryRefused("a certificate of the chain is not valid now")


def approved(view: View, draft: Draft, origin: str, told: asked.Approval) -> str:
    """The device's handle in an approval that fits the request and is signed by somebody who may approve.

    The rule judges again when the entry comes in; this keeps strangers from answering in a person's place.
    Raises `EnrolmentMalformed` or `EnrolmentProofWrong`.
    """
    envelope, entry = _opened(in_bytes(told.envelope))
    body, salt = decoded(told.body), decoded(told.salt)
    if (entry.origin, entry.type) != (origin, devices.enrol_type) or entry.seq is not None:
        raise EnrolmentMalformed(f"it is no {devices.enrol_type} of {origin}")
    if len(salt) != 32 or body_hash(salt, body) != entry.body_hash:
        raise EnrolmentMalformed("body and salt do not hash to body_hash")
    said = asked.read(devices.EnrolDevice, body)
    if said.encode() != body:
        raise EnrolmentMalformed("the body is not in canonical form")
    if said != draft.body(said.device, _index(said.key)):
        raise EnrolmentMalformed("the body is not what the device asked for")
    if not holds_handle(view, said.organisation, said.device):
        raise EnrolmentMalformed(f"device: {said.organisation} does not hold its prefix")
    if view.get("party", names.fold(said.device)) is not None:
        raise EnrolmentMalformed(f"device: {said.device} is registered already")
    _require_approver(view, envelope, entry.author, said.organisation)
    return said.device


def complete(draft: Draft, signature: bytes) -> Submission:
    """What was approved, with the device's own signature; raises `EnrolmentProofWrong`."""
    kept = draft.kept
    envelope, _ = _opened(decoded(kept.envelope or ""))
    body = asked.read(devices.EnrolDevice, decoded(kept.body or ""))
    own = Signature(body.key, signature)
    try:
        check_signature(own, PublicKey.from_jwk(body.jwk), pae(envelope.payload))
    except TallystickError as error:
        raise EnrolmentProofWrong(error.detail) from None
    both = Envelope(envelope.payload, (*envelope.signatures, own)).encode()
    attached = draft.attachment()
    attachments = () if attached is None else (attached,)
    return Submission(both, body.encode(), decoded(kept.salt or ""), attachments)


def in_bytes(envelope: Mapping[str, Any]) -> bytes:
    """An envelope that came as JSON; raises `EnrolmentMalformed` for numbers and depths that none has."""
    try:
        return orjson.dumps(envelope)
    except TypeError as error:
        raise EnrolmentMalformed(f"envelope: {error}") from None


def _opened(data: bytes) -> tuple[Envelope, Entry]:
    try:
        envelope = Envelope.parse(_canonical(data))
        return envelope, Entry.parse(envelope.payload)
    except TallystickError as error:
        raise EnrolmentMalformed(f"envelope: {error.detail}") from None


def _canonical(data: bytes) -> bytes:
    """Keys in order: an envelope's members are few and plain."""
    try:
        return orjson.dumps(orjson.loads(data), option=orjson.OPT_SORT_KEYS)
    except (ValueError, TypeError) as error:
        raise EnrolmentMalformed(f"envelope: {error}") from None


def _require_approver(view: View, envelope: Envelope, author: str, organisation: str) -> None:
    """An author with keys of two suites signs with one of each (formats §2)."""
    if not devices.may_approve(view, author, organisation):
        raise EnrolmentProofWrong(f"{author} approves no devices of {organisation}")
    own = [
        one for one in Directory().keys_of(view, author)
        if one.until is None and one.may_sign(devices.enrol_type)
    ]  # fmt: skip
    signed = [one for one in own if _signed_by(one, envelope)]
    if all(one.custody == "node" for one in signed):
        raise EnrolmentProofWrong(f"no key of {author}'s own signed it")
    missing = {one.public.suite for one in own} - {one.public.suite for one in signed}
    if missing:
        raise EnrolmentProofWrong(f"{author} has keys of two suites and signs with both")


def _signed_by(record: KeyRecord, envelope: Envelope) -> bool:
    message = pae(envelope.payload)
    for signature in envelope.signatures:
        if signature.keyid == record.reference:
            try:
                check_signature(signature, record.public, message)
            except TallystickError:
                return False
            return True
    return False


def _index(reference: str) -> int:
    index = reference.partition(":")[0]
    return int(index)


def handle_under(prefix: str, random: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """A fresh handle for a device: 13 random characters."""
    value = int.from_bytes(random(16), "big")
    digits = (names.crockford[value >> 5 * n & 31] for n in range(13))
    return f"{prefix}/D-{''.join(digits)}"
