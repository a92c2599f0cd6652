"""The device's end of an enrolment and of a renewal, as commands keep it in a folder: its keys, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from pydantic import BaseModel, ConfigDict, ValidationError

import tallystick.scanners as scanners
from tallystick.app.files import read_bytes, write_file
from tallystick.identity import devices
from tallystick.ledger import PrivateKey, SystemClock, TallystickError, instant
from tallystick.scanners import Enrolling, Invitation, NodeClient, Renewing, Status

key_file, state_file, next_file = "device.pem", "device.json", "device.next.pem"
_over = ("enrolled", "refused", "expired")
pause_s = 2.0
words: Mapping[str, str] = {
    "invited": "Nobody asked with this invitation.",
    "requested": "Nobody has approved it yet. Run `tallystick device enrol` again to go on waiting.",
    "approved": "It is approved; run `tallystick device enrol` again to finish.",
    "refused": "A person refused this device. Ask for a new invitation if that was a mistake.",
    "expired": "Nobody approved it in time. Ask for a new invitation.",
}


words_of_renewal: Mapping[str, str] = {
    "requested": "Nobody has approved it yet. Run `tallystick device renew` again to go on waiting.",
    "approved": "It is approved; run `tallystick device renew` again to finish.",
    "refused": "A person refused it, or a newer request took its place. The old key goes on; run it again to ask anew.",
    "expired": "Nobody approved it in time. The old key goes on; run it again to ask anew.",
}


class DeviceFolderRefused(TallystickError):
    code = "device-folder-refused"
    status = 400
    title = "This folder does not go with what was asked"
    advice = "Give a code and a name to begin in an empty folder, or neither to go on in one that has begun."


class Begun(BaseModel):
    """What the folder remembers beside its keys. `key`: the reference of `device.pem`; `renewal`: a request that waits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: str
    id: str
    name: str
    invitation: Invitation
    device: str | None = None
    index: int | None = None
    key: str | None = None
    renewal: str | None = None


def ask(
    folder: Path, code: str, name: str, idevid: Path | None = None, idevid_key: Path | None = None
) -> Enrolling:
    """Ask with a fresh key, or go on with what the folder has. Raises `DeviceFolderRefused` and what the node says."""
    known = (folder / state_file).exists()
    if known == bool(code) or (code and not name):
        raise DeviceFolderRefused(str(folder))
    if known:
        begun = _read(folder)
        return Enrolling(NodeClient(begun.node), _key(folder))
    if not devices.is_device_name(name):
        raise DeviceFolderRefused("a name has 1 to 60 visible characters")
    address = scanners.read_address(_text(code))
    node = NodeClient(address.node)
    invitation = node.look(address.token)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / key_file).exists():
        # Made before it is asked with: a lost answer loses no key.
        PrivateKey.generate().save(folder / key_file)
    enrolling = Enrolling(node, _key(folder), _factory(idevid, idevid_key))
    asked = enrolling.ask(address.token, name, invitation)
    _write(folder, Begun(node=address.node, id=asked.id, name=name, invitation=invitation))
    return enrolling


def go_on(folder: Path, enrolling: Enrolling, minutes: int) -> Status:
    """Wait for the approval, sign it, and remember what came of it."""
    begun = _read(folder)
    done = enrolling.wait(begun.invitation, begun.id, steps=_steps(minutes), pause_s=pause_s)
    if done.state == "enrolled":
        more = {"device": done.device, "index": done.index, "key": done.key}
        _write(folder, begun.model_copy(update=more))
    return done


def renew(folder: Path) -> Renewing:
    """Ask for a fresh key in the place of the device's own, or go on. Raises `DeviceFolderRefused` and what the node says."""
    begun = _read(folder)
    if begun.device is None:
        raise DeviceFolderRefused(f"{folder} holds no enrolled device")
    fresh = folder / next_file
    # Gone while its request is remembered: it is in the place of the old one already.
    if not fresh.exists() and begun.renewal is None:
        PrivateKey.generate().save(fresh)
    key = PrivateKey.from_pem(read_bytes(fresh)) if fresh.exists() else _key(folder)
    reference = begun.key or f"300:{begun.device}"
    made = Renewing(NodeClient(begun.node), key, old=_key(folder), reference=reference)
    if begun.renewal is None:
        asked = made.ask_anew(begun.invitation, instant(SystemClock().now_ms()))
        _write(folder, begun.model_copy(update={"renewal": asked.id}))
    return made


def go_on_renewing(folder: Path, renewing: Renewing, minutes: int) -> Status:
    """Wait for the approval, sign it with both keys, and put the new one in the place of the old one."""
    begun = _read(folder)
    done = renewing.wait(
        begun.invitation, begun.renewal or "", steps=_steps(minutes), pause_s=pause_s
    )
    if done.state not in _over:
        return done
    more: dict[str, object] = {"renewal": None}
    fresh = folder / next_file
    if done.state == "enrolled":
        more |= {"key": done.key, "index": done.index}
        if fresh.exists():
            fresh.replace(folder / key_file)
    else:
        fresh.unlink(missing_ok=True)
    _write(folder, begun.model_copy(update=more))
    return done


def _steps(minutes: int) -> int:
    return max(1, int(minutes * 60 / pause_s))


def _text(code: str) -> str:
    """The address itself, or what a picture of the code says; raises `InvitationRefused`."""
    if "://" in code:
        return code
    found = scanners.decode(Path(code))
    if len(found) != 1:
        raise scanners.InvitationRefused(f"{code} shows {len(found)} codes")
    return found[0].text


def _factory(
    certificates: Path | None, key: Path | None
) -> Callable[[Mapping[str, str]], bytes] | None:
    """Signs for the device's key with the factory's."""
    if certificates is None and key is None:
        return None
    if certificates is None or key is None:
        raise DeviceFolderRefused("--idevid and --idevid-key go together")
    chain = devices.factory.read_pem(read_bytes(certificates))
    own = _private(read_bytes(key), key)

    def prove(jwk: Mapping[str, str]) -> bytes:
        message = devices.factory.statement(jwk)
        if isinstance(own, ed25519.Ed25519PrivateKey):
            signature = own.sign(message)
        elif isinstance(own, rsa.RSAPrivateKey):
            signature = own.sign(message, padding.PKCS1v15(), hashes.SHA256())
        else:
            signature = own.sign(message, ec.ECDSA(hashes.SHA256()))
        return devices.factory.make(chain, signature).encode()

    return prove


Private = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def _private(data: bytes, path: Path) -> Private:
    try:
        found = serialization.load_pem_private_key(data, None)
    except (ValueError, TypeError) as error:
        raise DeviceFolderRefused(f"{path}: {error}") from None
    if not isinstance(found, Private):
        raise DeviceFolderRefused(f"{path}: neither P-256, Ed25519 nor RSA")
    return found


def _key(folder: Path) -> PrivateKey:
    return PrivateKey.from_pem(read_bytes(folder / key_file))


def _read(folder: Path) -> Begun:
    try:
        return Begun.model_validate_json(read_bytes(folder / state_file))
    except ValidationError:
        raise DeviceFolderRefused(f"{folder / state_file} cannot be read") from None


def _write(folder: Path, begun: Begun) -> None:
    write_file(folder / state_file, begun.model_dump_json(exclude_none=True).encode())
