"""Passkeys at login, judged by `webauthn` (W3C Web Authentication Level 3, §7.2), with the memory that step 22 asks for.

Entries are judged without memory, by rules that every program can keep. A node that logs
somebody in has one: how often each authenticator said that it signed. A count that does not go on is that of a copy.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from webauthn import verify_authentication_response
from webauthn.helpers import encode_cbor
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse

from tallystick.app.login.errors import LoginRefused
from tallystick.ledger import ED25519, PublicKey, Signature

_id = b"its key is known"


def count_of(signature: Signature, public: PublicKey, message: bytes) -> int:
    """How often the passkey says it signed; 0 where it does not count.

    `public` is a passkey, and the signature has an assertion. Raises `LoginRefused`.
    """
    told, where = signature.webauthn, public.passkey
    if told is None or where is None:
        raise LoginRefused
    response = AuthenticatorAssertionResponse(
        client_data_json=told.client_data,
        authenticator_data=told.authenticator_data,
        signature=_as_made(signature.sig, public.suite),
    )
    name = base64.urlsafe_b64encode(_id).rstrip(b"=").decode()
    try:
        verified = verify_authentication_response(
            credential=AuthenticationCredential(id=name, raw_id=_id, response=response),
            expected_challenge=hashlib.sha256(message).digest(),
            expected_rp_id=where.rp_id,
            expected_origin=where.origin,
            credential_public_key=_cose(public),
            # Whether it goes on is decided where the count is kept, in one statement.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except WebAuthnException:
        raise LoginRefused from None
    return verified.new_sign_count


def _as_made(signature: bytes, suite: str) -> bytes:
    """In DER for ECDSA (Level 3 §6.5.5), of which an entry keeps r ‖ s."""
    if suite == ED25519:
        return signature
    return encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))


def _cose(public: PublicKey) -> bytes:
    """RFC 9053 §7.1, §7.2."""
    jwk = public.jwk()
    x, y = (base64.urlsafe_b64decode(jwk.get(name, "") + "==") for name in ("x", "y"))
    if public.suite == ED25519:
        return encode_cbor({1: 1, 3: -8, -1: 6, -2: x})
    return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
