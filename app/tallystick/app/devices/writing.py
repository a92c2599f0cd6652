"""The entry that enrols a device, or replaces its key: drafted, approved by a person, completed by the device."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tallystick.app.devices import renewing
from tallystick.app.devices.asked import Kept, Signed
from tallystick.app.enrolling import signing
from tallystick.app.enrolling.asked import Approval, decoded, read
from tallystick.app.enrolling.errors import EnrolmentMalformed, EnrolmentProofWrong
from tallystick.app.enrolling.signing import Unsigned
from tallystick.identity import RotateKey, devices, holds_handle, names, rotate_type
from tallystick.ledger import Attachment, PublicKey, Signature, Submission, View, reference_to


@dataclass(frozen=True, slots=True)
class Draft:
    """What a device asked for; `kept.jwk` is there."""

    organisation: str
    kept: Kept

    @property
    def jwk(self) -> Mapping[str, str]:
        return self.kept.jwk or {}

    @property
    def entry_type(self) -> str:
        return devices.enrol_type if self.kept.old is None else rotate_type

    def body(self, device: str, index: int = 300) -> devices.EnrolDevice | RotateKey:
        """The body that enrols it under this handle, or replaces its key."""
        if self.kept.old is not None:
            return renewing.body(self.kept)
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
        return devices.FactoryIdentity(
            ca=shown.ca,
            certificate=shown.certificate,
            serial=shown.serial,
            chain=reference_to(attached),
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
        return signing.unsigned(origin, self.entry_type, author, self.body(device), now_ms, random)


def check_factory(data: bytes, jwk: Mapping[str, str], now_ms: int) -> None:
    """Raises `FactoryRefused`."""
    shown = devices.factory.examine(data, jwk)
    if not devices.factory.valid_at(shown, now_ms):
        raise devices.factory.FactoryRefused("a certificate of the chain is not valid now")


def approved(view: View, draft: Draft, origin: str, told: Approval) -> str:
    """The new key's reference in an approval that fits the request and is signed by somebody who may approve.

    The rule judges again when the entry comes in; this keeps strangers from answering in a person's place.
    Raises `EnrolmentMalformed` or `EnrolmentProofWrong`.
    """
    found = signing.opened(origin, draft.entry_type, told)
    said: devices.EnrolDevice | RotateKey = read(_model(draft), found.body)
    if said.encode() != found.body:
        raise EnrolmentMalformed("the body is not in canonical form")
    device = said.device if isinstance(said, devices.EnrolDevice) else ""
    if said != draft.body(device, _index(said.key)):
        raise EnrolmentMalformed("the body is not what the device asked for")
    if isinstance(said, RotateKey):
        renewing.require_next(view, said)
    elif not holds_handle(view, draft.organisation, device):
        raise EnrolmentMalformed(f"device: {draft.organisation} does not hold its prefix")
    elif view.get("party", names.fold(device)) is not None:
        raise EnrolmentMalformed(f"device: {device} is registered already")
    author = found.entry.author
    if not devices.may_approve(view, author, draft.organisation):
        raise EnrolmentProofWrong(f"{author} approves no devices of {draft.organisation}")
    signing.require_signed(view, found.envelope, author, draft.entry_type)
    return said.key


def complete(draft: Draft, signed: Signed, view: View) -> Submission:
    """What was approved, with the device's own signatures; raises `EnrolmentProofWrong`."""
    kept = draft.kept
    body = read(_model(draft), decoded(kept.body or ""))
    if (kept.old is None) != (signed.by_old is None):
        raise EnrolmentProofWrong("by_old: the key that ends signs, and there is none otherwise")
    if kept.old is not None and signed.by_old is not None:
        own = Signature(kept.old, decoded(signed.by_old))
        public = renewing.old_key(view, kept)
        envelope = signing.countersigned(decoded(kept.envelope or ""), own, public)
    else:
        envelope = decoded(kept.envelope or "")
    done = signing.endorsed(
        envelope,
        body.encode(),
        decoded(kept.salt or ""),
        Signature(body.key, decoded(signed.signature)),
        PublicKey.from_jwk(body.jwk),
    )
    attached = draft.attachment()
    return done if attached is None else replace(done, attachments=(attached,))


def _model(draft: Draft) -> type[devices.EnrolDevice | RotateKey]:
    return devices.EnrolDevice if draft.kept.old is None else RotateKey


def _index(reference: str) -> int:
    index = reference.partition(":")[0]
    return int(index)


def handle_under(prefix: str, random: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """A fresh handle for a device: 13 random characters."""
    value = int.from_bytes(random(16), "big")
    digits = (names.crockford[value >> 5 * n & 31] for n in range(13))
    return f"{prefix}/D-{''.join(digits)}"
