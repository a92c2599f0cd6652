"""SD-JWT VC (RFC 9901; draft-ietf-oauth-sd-jwt-vc): issued, presented to one verifier, and verified.

`<issuer's JWT>~<disclosure>~…~` as issued; a presentation has fewer disclosures, and after the last `~` the
key-binding JWT by which the holder's key names the audience, a nonce, the time, and a digest of what stands
before it. Which keys these are is not looked up here: the log says it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.identity.credentials.disclosures import (
    Disclosure,
    Hidden,
    Revealed,
    digest_of,
    reveal,
)
from tallystick.identity.credentials.errors import (
    CredentialExpired,
    CredentialMalformed,
    DisclosureRefused,
    FieldUnknown,
    NotBoundToHolder,
    PresentationStale,
    WrongAudience,
    WrongNonce,
)
from tallystick.identity.credentials.jws import Jws, message, sign
from tallystick.ledger import PublicKey, SigningKey, TallystickError, instant
from tallystick.ledger.keys import KeyRefused

credential_typ, binding_typ = "dc+sd-jwt", "kb+jwt"
credential_chars_max = 1024 * 1024
nonce_chars_max = 200
clock_off_s_max = 60
age_s_default = 24 * 3600
_parts_max = 2002


@dataclass(frozen=True, slots=True)
class Credential:
    """An SD-JWT in its parts. `binding` is None as issued."""

    jwt: Jws
    disclosures: tuple[str, ...]
    binding: Jws | None = None

    @staticmethod
    def parse(text: str) -> Credential:
        """Nothing is verified. Raises `CredentialMalformed`."""
        parts = text.split("~", _parts_max)
        if len(text) > credential_chars_max or len(parts) < 2 or len(parts) > _parts_max:
            raise CredentialMalformed("an SD-JWT is a JWT with disclosures, each followed by ~")
        jwt, *disclosures, last = parts
        if not all(disclosures):
            raise CredentialMalformed("a disclosure is empty")
        binding = Jws.parse(last, binding_typ) if last else None
        return Credential(Jws.parse(jwt, credential_typ), tuple(disclosures), binding)

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the issuer signed, with digests in place of fields."""
        return self.jwt.payload

    def unbound(self) -> str:
        """As the key-binding JWT digests it."""
        return "~".join((self.jwt.compact, *self.disclosures, ""))

    def text(self) -> str:
        return self.unbound() + (self.binding.compact if self.binding else "")

    def bound_to(self) -> tuple[str, PublicKey]:
        """Reference and public key of the holder's key. Raises `CredentialMalformed`."""
        match self.claims.get("cnf"):
            case {"jwk": dict(jwk), "kid": str(kid), **rest} if not rest:
                try:
                    return kid, PublicKey.from_jwk(jwk)
                except (KeyRefused, TypeError):
                    pass
            case _:
                pass
        raise CredentialMalformed("cnf holds the holder's jwk and its kid")

    def expires_s(self) -> int | None:
        """Raises `CredentialMalformed`."""
        found = self.claims.get("exp")
        if found is not None and (type(found) is not int or not 0 < found < 10**11):
            raise CredentialMalformed("exp is a number of seconds")
        return found

    def require_current(self, now_ms: int) -> None:
        """Raises `CredentialExpired`. From the second of `exp` on it has."""
        expires = self.expires_s()
        if expires is not None and now_ms >= expires * 1000:
            raise CredentialExpired(f"at {instant(expires * 1000)}")

    def revealed(self) -> Revealed:
        """Claims as far as they are shown. Raises `DisclosureRefused` or `CredentialMalformed`."""
        return reveal(self.claims, self.disclosures)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a verifier expects: who it is, which nonce it gave, and how old a presentation may be."""

    audience: str
    nonce: str
    now_ms: int
    age_s_max: int = age_s_default


def issue(hidden: Hidden, key: SigningKey) -> Credential:
    """Signed by the issuer's registered key, which its `kid` names."""
    header = {"typ": credential_typ, "kid": key.keyid}
    jwt = sign(header, hidden.payload, key.private)
    return Credential.parse("~".join((jwt, *(one.text for one in hidden.disclosures), "")))


def unsigned(hidden: Hidden, reference: str, suite: str) -> str:
    """What the issuer's key signs, where it is not here: the JWT without its signature."""
    return message({"typ": credential_typ, "kid": reference}, hidden.payload, suite)


def select(credential: Credential, fields: Collection[str]) -> Credential:
    """The credential with the disclosures of these fields alone. Raises `FieldUnknown`.

    A member of a list is named by its `cas` or `ec` number (`materials`), see `labels`.
    """
    by_label: dict[str, list[str]] = {}
    for text in credential.disclosures:
        for label in labels(Disclosure.parse(text)):
            by_label.setdefault(label, []).append(text)
    missing = sorted(set(fields) - by_label.keys())
    if missing:
        raise FieldUnknown(", ".join(missing))
    chosen = {text for name in fields for text in by_label[name]}
    kept = tuple(text for text in credential.disclosures if text in chosen)
    return Credential(credential.jwt, kept)


def labels(one: Disclosure) -> Sequence[str]:
    """By which names a disclosure is chosen."""
    if one.name:
        return (one.name,)
    value: Any = one.value
    if not isinstance(value, dict):
        return ()
    return [str(value[name]) for name in ("cas", "ec") if value.get(name)]


def present(
    credential: Credential,
    fields: Collection[str],
    key: SigningKey,
    *,
    audience: str,
    nonce: str,
    now_ms: int,
) -> Credential:
    """Only these fields, for this audience. Raises `FieldUnknown`, `NotBoundToHolder`, `WrongNonce`."""
    kid, public = credential.bound_to()
    if (key.keyid, key.private.public) != (kid, public):
        raise NotBoundToHolder(f"it is bound to {kid}, not to {key.keyid}")
    if not 0 < len(nonce) <= nonce_chars_max:
        raise WrongNonce(f"a nonce has 1 to {nonce_chars_max} characters")
    chosen = select(credential, fields)
    payload = {
        "aud": audience,
        "nonce": nonce,
        "iat": now_ms // 1000,
        "sd_hash": digest_of(chosen.unbound()),
    }
    binding = sign({"typ": binding_typ}, payload, key.private)
    return Credential(chosen.jwt, chosen.disclosures, Jws.parse(binding, binding_typ))


def require_bound(presented: Credential, asked: Asked) -> None:
    """The holder's key made it for this audience, in answer to this nonce, and lately (RFC 9901 §7.3).

    Raises `NotBoundToHolder`, `CredentialSignatureFails`, `DisclosureRefused`, `WrongAudience`, `WrongNonce`,
    `PresentationStale`.
    """
    binding = presented.binding
    if binding is None:
        raise NotBoundToHolder("there is no key-binding JWT")
    _, public = presented.bound_to()
    try:
        binding.verify(public)
    except TallystickError:
        raise NotBoundToHolder("the key-binding JWT is by another key") from None
    told = binding.payload
    if told.get("sd_hash") != digest_of(presented.unbound()):
        raise DisclosureRefused("the holder signed other fields than those that are shown")
    if told.get("aud") != asked.audience:
        raise WrongAudience(f"it is for {str(told.get('aud'))[:300]}, not for {asked.audience}")
    if told.get("nonce") != asked.nonce:
        raise WrongNonce
    made = told.get("iat")
    if type(made) is not int or made * 1000 > asked.now_ms + clock_off_s_max * 1000:
        raise PresentationStale("it is from the future")
    if asked.now_ms - made * 1000 > asked.age_s_max * 1000:
        raise PresentationStale(f"it is older than {asked.age_s_max} seconds")


def nonce_of(presented: Credential) -> str:
    """Raises `NotBoundToHolder`."""
    nonce = presented.binding.payload.get("nonce") if presented.binding else None
    if not isinstance(nonce, str) or not 0 < len(nonce) <= nonce_chars_max:
        raise NotBoundToHolder("there is no nonce")
    return nonce
