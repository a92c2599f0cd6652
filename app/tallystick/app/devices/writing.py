"""The entry that enrols a device: drafted, approved by a person, completed by the device."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tallystick.app.devices.asked import Kept
from tallystick.app.enrolling import signing
from tallystick.app.enrolling.asked import Approval, decoded, read
from tallystick.app.enrolling.errors import EnrolmentMalformed, EnrolmentProofWrong
from tallystick.app.enrolling.signing import Unsigned
from tallystick.identity import devices, holds_handle, names
from tallystick.ledger import Attachment, AttachmentRef, PublicKey, Signature, Submission, View


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
        return signing.unsigned(
            origin, devices.enrol_type, author, self.body(device), now_ms, random
        )


def check_factory(data: bytes, jwk: Mapping[str, str], now_ms: int) -> None:
    """Raises `FactoryRefused`."""
    shown = devices.factory.examine(data, jwk)
    if not devices.factory.valid_at(shown, now_ms):
        raise devices.factory.FactoryRefused("a certificate of the chain is not valid now")


def approved(view: View, draft: Draft, origin: str, told: Approval) -> str:
    """The device's handle in an approval that fits the request and is signed by somebody who may approve.

    The rule judges again when the entry comes in; this keeps strangers from answering in a person's place.
    Raises `EnrolmentMalformed` or `EnrolmentProofWrong`.
    """
    found = signing.opened(origin, devices.enrol_type, told)
    said = read(devices.EnrolDevice, found.body)
    if said.encode() != found.body:
        raise EnrolmentMalformed("the body is not in canonical form")
    if said != draft.body(said.device, _index(said.key)):
        raise EnrolmentMalformed("the body is not what the device asked for")
    if not holds_handle(view, said.organisation, said.device):
        raise EnrolmentMalformed(f"device: {said.organisation} does not hold its prefix")
    if view.get("party", names.fold(said.device)) is not None:
        raise EnrolmentMalformed(f"device: {said.device} is registered already")
    author = found.entry.author
    if not devices.may_approve(view, author, said.organisation):
        raise EnrolmentProofWrong(f"{author} approves no devices of {said.organisation}")
    signing.require_signed(view, found.envelope, author, devices.enrol_type)
    return said.device


def complete(draft: Draft, signature: bytes) -> Submission:
    """What was approved, with the device's own signature; raises `EnrolmentProofWrong`."""
    kept = draft.kept
    body = read(devices.EnrolDevice, decoded(kept.body or ""))
    done = signing.endorsed(
        decoded(kept.envelope or ""),
        body.encode(),
        decoded(kept.salt or ""),
        Signature(body.key, signature),
        PublicKey.from_jwk(body.jwk),
    )
    attached = draft.attachment()
    return done if attached is None else replace(done, attachments=(attached,))


def _index(reference: str) -> int:
    index = reference.partition(":")[0]
    return int(index)


def handle_under(prefix: str, random: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """A fresh handle for a device: 13 random characters."""
    value = int.from_bytes(random(16), "big")
    digits = (names.crockford[value >> 5 * n & 31] for n in range(13))
    return f"{prefix}/D-{''.join(digits)}"
