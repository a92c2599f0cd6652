"""A device asks for a fresh key in the place of the one that it has: both keys sign the request.

What follows is as with an enrolment (`enrolling.desk`): a person compares the digits and signs the entry, here
`identity.key.rotate/1`; then the device signs it, with both keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Literal, cast

from tallystick.app.devices import asked
from tallystick.app.devices.asked import Kept
from tallystick.app.enrolling import desk
from tallystick.app.enrolling.asked import decoded
from tallystick.app.enrolling.errors import EnrolmentMalformed, EnrolmentProofWrong
from tallystick.app.joining.drafts import fresh_reference
from tallystick.identity import RotateKey, UnknownParty, devices
from tallystick.ledger import InvitationRow, PublicKey, TallystickError, View, instant

custody: Literal["self"] = "self"


def require_proven(view: View, origin: str, told: asked.Renewal) -> devices.Device:
    """The device, if both its keys signed. Raises `EnrolmentProofWrong` or `EnrolmentMalformed`.

    Whoever has not the old key learns nothing of it.
    """
    index, _, handle = told.old.partition(":")
    message = devices.renewal_message(origin, told.old, _public(told.jwk).jwk(), told.time)
    try:
        found = devices.device(view, handle)
    except UnknownParty:
        raise EnrolmentProofWrong(_unproven) from None
    row = found.keys.get(index)
    if row is None or not _verifies(row["jwk"], told.by_old, message):
        raise EnrolmentProofWrong(_unproven)
    if not _verifies(told.jwk, told.signature, message):
        raise EnrolmentProofWrong("the key that is to come did not sign the request")
    return found


def waits(view: View, told: asked.Renewal, names: Mapping[str, str], now_ms: int) -> InvitationRow:
    """What waits for a person from now on; `names`: what the organisation's devices call themselves."""
    index, _, handle = told.old.partition(":")
    device = devices.device(view, handle)
    kept = Kept(
        name=names.get(handle, ""), purpose=device.kind.name, jwk=told.jwk, old=told.old,
        key=fresh_reference(view, handle), types=tuple(device.keys[index]["types"]),
    )  # fmt: skip
    return InvitationRow(
        secrets.token_hex(16), token_of(told), device.organisation, "requested",
        instant(now_ms + desk.waits_ms), None, kept.text(),
    )  # fmt: skip


def token_of(told: asked.Renewal) -> str:
    """Under which a request is kept: asked again with the same keys, it is the same request."""
    return devices.hash_of(f"{told.old}\n{_public(told.jwk).fingerprint()}")


def body(kept: Kept) -> RotateKey:
    """The body that puts the new key in the place of the old one."""
    return RotateKey(
        old=kept.old or "", key=kept.key or "", jwk=dict(kept.jwk or {}), custody=custody,
        types=kept.types,
    )  # fmt: skip


def require_next(view: View, said: RotateKey) -> None:
    """Raises `EnrolmentMalformed` if the log has had another key of this reference since."""
    index, _, owner = said.key.partition(":")
    if view.get("key", owner, index) is not None:
        raise EnrolmentMalformed(f"key: {said.key} is registered already; the device asks anew")


def old_key(view: View, kept: Kept) -> PublicKey:
    """The key that ends. Raises `EnrolmentProofWrong` if it did already."""
    index, _, owner = (kept.old or "").partition(":")
    row = cast(Mapping[str, Any] | None, view.get("key", owner, index))
    if row is None or "until" in row:
        raise EnrolmentProofWrong(f"{kept.old} has ended")
    return PublicKey.from_jwk(row["jwk"])


_unproven = "no valid key of a device signed the request"


def _public(jwk: Mapping[str, str]) -> PublicKey:
    """Raises `EnrolmentMalformed`."""
    try:
        return PublicKey.from_jwk(jwk)
    except TallystickError as error:
        raise EnrolmentMalformed(f"jwk: {error.detail}") from None


def _verifies(jwk: Mapping[str, str], signature: str, message: bytes) -> bool:
    return _public(jwk).verifies(decoded(signature), message)
