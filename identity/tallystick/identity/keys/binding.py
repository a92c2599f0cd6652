"""The rules of binding a key to a certificate of a certification authority (CA).

trust-anchor  <SHA-256 of the certificate>   {name, certificate, since, until?, reason?}

The anchors stand in the state, time is ledger time, and what the CA answered about the certificate is an attachment,
looked at when the entry comes in (`answers`): so every replica comes to the same verdict. A binding stays what it was when the certificate ends; it says
who vouched for the organisation then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from cryptography.hazmat.primitives import hashes

from tallystick.identity import directory
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.keys import certificates, officers
from tallystick.identity.keys.bodies import BindKey, ListAnchor, WithdrawAnchor
from tallystick.identity.keys.errors import AnchorRefused, CertificateRefused, RotationRefused
from tallystick.identity.keys.rotation import find_key
from tallystick.identity.registrars import registrar
from tallystick.ledger import Act, Change, Effects, PublicKey, State, canonical, from_instant

anchor_kind = "trust-anchor"
answer_days_max = 31
_day_ms = 24 * 3600 * 1000
_context = b"tallystick/key-binding/v1\n"


def binding_bytes(origin: str, key: str, fingerprint: str, organisation: str) -> bytes:
    """What the certificate's key signs: for one log, one key and one organisation."""
    return _context + canonical.encode([origin, key, fingerprint, organisation])


def list_anchor(state: State, act: Act[ListAnchor]) -> Effects:
    _require_root(state, act)
    certificate = certificates.read(act.body.certificate)
    certificates.check_anchor(certificate)
    name = certificate.fingerprint(hashes.SHA256()).hex()
    if state.get(anchor_kind, name) is not None:
        raise AnchorRefused(f"{name} was listed before")
    told: dict[str, Any] = {
        "name": act.body.name,
        "certificate": act.body.certificate,
        "since": act.index,
    }
    return [Change(anchor_kind, name, told)]


def withdraw_anchor(state: State, act: Act[WithdrawAnchor]) -> Effects:
    _require_root(state, act)
    row = _anchor(state, act.body.anchor)
    told = {**row, "until": act.index + 1, "reason": act.body.reason}
    return [Change(anchor_kind, act.body.anchor, told)]


def bind(state: State, act: Act[BindKey]) -> Effects:
    body = act.body
    index, _, owner = body.key.partition(":")
    row = find_key(state, body.key)
    organisation = directory.organisation(state, directory.speaker(state, owner).organisation)
    if not officers.speaks(state, act, organisation.handle, owner):
        raise NotEntitled(f"{act.author} binds no keys of {owner}")
    if "until" in row:
        raise RotationRefused(f"{body.key} is revoked from index {row['until']}")
    if "bound" in row:
        raise AlreadyRegistered(f"{body.key} is bound by entry {row['bound']['index']}")
    anchor = _anchor(state, body.anchor)
    leaf, bound = certificates.verify(
        body.chain, anchor["certificate"], act.time, by_second=body.status is not None
    )
    if not organisation.number or organisation.number not in bound.numbers:
        raise CertificateRefused(f"its subject does not name the number of {organisation.handle}")
    origin = cast(Mapping[str, Any], state.get("log", "genesis"))["origin"]
    fingerprint = PublicKey.from_jwk(row["jwk"]).fingerprint()
    message = binding_bytes(origin, body.key, fingerprint, organisation.handle)
    if not certificates.signed(leaf, body.signature, message):
        raise CertificateRefused("its key did not sign this binding")
    _check_status(body, act.time)
    told: dict[str, Any] = {
        "index": act.index,
        "anchor": body.anchor,
        "authority": anchor["name"],
        "number": organisation.number,
        "issuer": bound.issuer,
        "serial": bound.serial,
        "not_before": bound.not_before,
        "not_after": bound.not_after,
        "certificate": bound.sha256,
    }
    if body.status is not None:
        told["status"] = body.status.model_dump(mode="json")
    return [Change("key", owner, {**row, "bound": told}, index)]


def _check_status(body: BindKey, time: str) -> None:
    if body.status is None:
        return
    told = body.status.time
    if told > time:
        raise CertificateRefused(f"the CA's answer is of {told}, after {time}")
    if from_instant(time) - from_instant(told) > answer_days_max * _day_ms:
        raise CertificateRefused(f"the CA's answer is of {told}, over {answer_days_max} days ago")


def _anchor(state: State, name: str) -> Mapping[str, Any]:
    row = cast(Mapping[str, Any] | None, state.get(anchor_kind, name))
    if row is None:
        raise AnchorRefused(f"{name} is not listed")
    if "until" in row:
        raise AnchorRefused(f"{name} is withdrawn from index {row['until']}: {row['reason']}")
    return row


def _require_root(state: State, act: Act[Any]) -> None:
    genesis = cast(Mapping[str, Any], state.get("log", "genesis"))
    if registrar(state, act).organisation != genesis["root"]:
        raise NotEntitled(f"{act.author} does not speak for the root authority")
