"""The rules of binding a key to a certificate of a certification authority (CA).

trust-anchor  <SHA-256 of the certificate>   {name, certificate, since, until?, reason?}

The anchors stand in the state, time is ledger time, and what the CA answered about the certificate is an attachment,
looked at when the entry comes in (`answers`): so every replica comes to the same verdict. A binding stays what it was
when the certificate ends; it says who vouched for the organisation then.

Certificates of SM2 (`sm`) count where the log admits that suite. Their signatures are verified last, and one that does
not verify keeps the entry out: a verdict would differ with who has the suite.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tallystick.identity import directory
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.keys import certificates, officers, sm
from tallystick.identity.keys.bodies import BindKey, ListAnchor, WithdrawAnchor
from tallystick.identity.keys.errors import AnchorRefused, CertificateRefused, RotationRefused
from tallystick.identity.keys.rotation import find_key
from tallystick.identity.registrars import registrar
from tallystick.ledger import (
    SM2,
    Act,
    Change,
    Effects,
    PublicKey,
    State,
    SuiteLacking,
    canonical,
    from_instant,
    governance,
)

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
    if sm.is_sm2(certificate):
        _require_admitted(state, act)
        sm.check_anchor(certificate)
    else:
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
    chain = [certificates.read(one) for one in body.chain]
    path = _path(state, act, chain, certificates.read(anchor["certificate"]))
    bound = certificates.subject(chain[0])
    if not organisation.number or organisation.number not in bound.numbers:
        raise CertificateRefused(f"its subject does not name the number of {organisation.handle}")
    origin = cast(Mapping[str, Any], state.get("log", "genesis"))["origin"]
    fingerprint = PublicKey.from_jwk(row["jwk"]).fingerprint()
    message = binding_bytes(origin, body.key, fingerprint, organisation.handle)
    _check_status(body, act.time)
    _check_signed(act, chain[0], path, message)
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


def _path(
    state: State, act: Act[BindKey], chain: list[x509.Certificate], anchor: x509.Certificate
) -> sm.Path | None:
    """The anchor vouches for the first of the chain; a path of SM2 if nobody has verified its signatures yet."""
    by_second = act.body.status is not None
    if not any(sm.is_sm2(one) for one in (*chain, anchor)):
        certificates.verify(chain, anchor, act.time, by_second=by_second)
        return None
    _require_admitted(state, act)
    if by_second and len(chain) == 1:
        raise CertificateRefused("with a status the second certificate of the chain is its issuer")
    return sm.check(chain, anchor, act.time)


def _check_signed(
    act: Act[BindKey], leaf: x509.Certificate, path: sm.Path | None, message: bytes
) -> None:
    signature = act.body.signature
    if path is None:
        if not certificates.signed(leaf, signature, message):
            raise CertificateRefused("its key did not sign this binding")
        return
    try:
        path.require_signed(base64.b64decode(signature), message)
    except SuiteLacking:
        if not act.unchecked:
            raise


def _require_admitted(state: State, act: Act[Any]) -> None:
    if SM2 not in governance.admitted_suites(state, act.index):
        raise CertificateRefused(f"this log does not admit certificates of the suite {SM2}")


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
