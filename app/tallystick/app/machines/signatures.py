"""Signed requests: RFC 9421 with Content-Digest (RFC 9530), by keys that are registered in the log.

1. One signature, with the tag of this protocol, over at least @method, the whole address, the digest of the body if
   there is one, and the Authorization header if there is one.
2. Its key is registered for an organisation or a service device of it, and valid at the present index; the algorithm
   is the key's, whatever the request says.
3. The address is this node's. `created` and `expires` are at most five minutes apart, and now is between them.
4. The nonce is spent once for each key, last of all: nobody else can spend it.
"""

# The library exports by a comment for mypy alone.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import http_sf
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    VerifyResult,
)
from starlette.requests import HTTPConnection

from tallystick.app.machines import scopes
from tallystick.app.machines.once import Once
from tallystick.app.machines.principal import Principal
from tallystick.app.machines.signature_errors import (
    ContentDigestWrong,
    SignatureAlgorithm,
    SignatureEarly,
    SignatureElsewhere,
    SignatureExpired,
    SignatureIncomplete,
    SignatureKeyUnknown,
    SignatureMalformed,
    SignatureReplayed,
    SignaturesMany,
    SignatureWrong,
)
from tallystick.app.machines.verifying import Message, suites, verifier_of
from tallystick.identity import Directory, UnknownParty, speaker
from tallystick.ledger import Clock, KeyRecord, LogReader

tag = "tallystick"
lasts_s_max = 300
clock_skew_s = 30
nonce_chars_min, nonce_chars_max = 16, 128
keyid_chars_max = 320
components_max = 32
header_chars_max = 8192
_whole_address = ({"@target-uri"}, {"@authority", "@path", "@query"})
_parameters = frozenset({"alg", "created", "expires", "keyid", "nonce", "tag"})


@dataclass(frozen=True, slots=True)
class Proven:
    """A signature that verified over everything but the body, which comes behind it."""

    principal: Principal
    nonce: str
    until_ms: int
    message: Message
    result: VerifyResult
    verifier: HTTPMessageVerifier

    def require_body(self, body: bytes) -> None:
        """Raises `ContentDigestWrong` or `SignatureIncomplete`."""
        covered = "content-digest" in self.message.headers
        if body and not covered:
            raise SignatureIncomplete("there is a body, and content-digest is not covered")
        try:
            self.verifier.verify_body(self.message, [self.result], body)
        except HTTPMessageSignaturesException:
            raise ContentDigestWrong from None


@dataclass(frozen=True, slots=True)
class Signatures:
    """Who signed a request, for one node."""

    reader: LogReader
    directory: Directory
    once: Once
    clock: Clock
    base_url: str

    def proven(self, request: HTTPConnection, *, has_body: bool) -> Proven:
        """Raises one of `signature_errors`; nothing is written."""
        told = told_by(request)
        require_covered(told, request, has_body=has_body)
        until_s = self._require_now(told.parameters)
        self._require_here(request)
        record, principal = self._key(told.parameters["keyid"])
        named = told.parameters.get("alg")
        if named is not None and named != record.public.suite:
            raise SignatureAlgorithm(f"the key is one of {record.public.suite}")
        message = Message(request.scope["method"], _sent_to(request), request.headers)
        verifier = verifier_of(record.public)
        try:
            (result,) = verifier.verify(message, max_age=None, expect_tag=tag)
        except HTTPMessageSignaturesException:
            raise SignatureWrong from None
        until_ms = (until_s + clock_skew_s) * 1000
        return Proven(principal, told.parameters["nonce"], until_ms, message, result, verifier)

    def spend(self, proven: Proven) -> None:
        """Raises `SignatureReplayed`."""
        name = proven.principal.name
        if not self.once.take("nonce", name, proven.nonce, proven.until_ms):
            raise SignatureReplayed

    def _require_now(self, told: Mapping[str, Any]) -> int:
        """When it expires, in seconds."""
        now_s, created, expires = self.clock.now_ms() // 1000, told["created"], told["expires"]
        if created > now_s + clock_skew_s:
            raise SignatureEarly(f"it was created {created - now_s} s from now")
        if not 0 < expires - created <= lasts_s_max:
            raise SignatureExpired(f"expires is 1 to {lasts_s_max} s after created")
        if expires + clock_skew_s <= now_s:
            raise SignatureExpired(f"it expired {now_s - expires} s ago")
        return int(expires)

    def _require_here(self, request: HTTPConnection) -> None:
        """A request that was signed for somebody else must not be passed on to us."""
        split = urlsplit(self.base_url)
        server = request.scope.get("server") or ("", None)
        host = f"[{server[0]}]" if ":" in server[0] else server[0]
        here = {
            _address(split.scheme, split.netloc),
            _address(request.url.scheme, f"{host}:{server[1]}" if server[1] else host),
        }
        if _address(request.url.scheme, request.headers.get("host", "")) not in here:
            raise SignatureElsewhere

    def _key(self, reference: str) -> tuple[KeyRecord, Principal]:
        with self.reader.open() as snapshot:
            record = self.directory.key(snapshot.view, reference)
            if record is None or not record.valid_at(snapshot.size()):
                raise SignatureKeyUnknown
            if record.public.passkey is not None or record.public.suite not in suites:
                raise SignatureKeyUnknown
            try:
                who = speaker(snapshot.view, record.owner)
            except UnknownParty:
                raise SignatureKeyUnknown from None
            device: Any = snapshot.view.get("device", record.owner) or {}
        if who.kind == "person" or (who.kind == "device" and device.get("purpose") != "service"):
            raise SignatureKeyUnknown
        allowed = scopes.of_types(record.types)
        principal = Principal(
            who.organisation, allowed, "signature", reference, record.owner, record.types
        )
        return record, principal


@dataclass(frozen=True, slots=True)
class Told:
    """What Signature-Input says: components without parameters of their own, and the signature's parameters."""

    components: frozenset[str]
    parameters: Mapping[str, Any]


def is_signed(request: HTTPConnection) -> bool:
    return "signature" in request.headers or "signature-input" in request.headers


def _sent_to(request: HTTPConnection) -> str:
    """The address as it was sent: a path that is decoded is another one."""
    scope = request.scope
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    host = request.headers.get("host", "")
    return f"{scope['scheme']}://{host}{path}{'?' if query else ''}{query}"


def told_by(request: HTTPConnection) -> Told:
    """Of the one signature. Raises `SignatureMalformed`, `SignaturesMany` or `SignatureIncomplete`."""
    told = _dictionary(request, "signature-input")
    sent = _dictionary(request, "signature")
    if len(told) > 1 or len(sent) > 1:
        raise SignaturesMany
    if told.keys() != sent.keys() or not told:
        raise SignatureMalformed("the two headers have not one and the same label")
    ((components, parameters),) = told.values()
    if not isinstance(components, list) or len(components) > components_max:
        raise SignatureMalformed(f"no list of at most {components_max} components")
    if not set(parameters) <= _parameters:
        raise SignatureMalformed("a parameter is none of RFC 9421")
    _require_parameters(parameters)
    plain = frozenset(name for name, more in components if isinstance(name, str) and not more)
    return Told(plain, parameters)


def _dictionary(request: HTTPConnection, name: str) -> Mapping[str, Any]:
    text = ", ".join(request.headers.getlist(name))
    if len(text) > header_chars_max:
        raise SignatureMalformed(f"{name} has more than {header_chars_max} characters")

    def twice(_key: str, _where: str) -> None:
        raise SignaturesMany("a label or a parameter is there twice")

    try:
        found = http_sf.parse(text.encode("ascii"), tltype="dictionary", on_duplicate_key=twice)
    except ValueError:
        raise SignatureMalformed(f"{name} is no dictionary (RFC 9651)") from None
    return found if isinstance(found, dict) else {}


def _require_parameters(told: Mapping[str, Any]) -> None:
    for name in ("created", "expires"):
        if type(told.get(name)) is not int or not 0 <= told[name] < 2**40:
            raise SignatureIncomplete(f"{name} is missing, or no number of seconds")
    for name, least, most in (
        ("keyid", 3, keyid_chars_max), ("nonce", nonce_chars_min, nonce_chars_max),
    ):  # fmt: skip
        value = told.get(name)
        if type(value) is not str or not least <= len(value) <= most:
            raise SignatureIncomplete(f"{name} is missing, or not of {least} to {most} characters")
    if told.get("tag") != tag:
        raise SignatureIncomplete(f'tag is not "{tag}"')
    if "alg" in told and type(told["alg"]) is not str:
        raise SignatureMalformed("alg is no string")


def require_covered(told: Told, request: HTTPConnection, *, has_body: bool) -> None:
    missing = {"@method"} - told.components
    if not any(one <= told.components for one in _whole_address):
        missing.add("@target-uri")
    if (has_body or "content-digest" in request.headers) and (
        "content-digest" not in told.components
    ):
        missing.add("content-digest")
    if "authorization" in request.headers and "authorization" not in told.components:
        missing.add("authorization")
    if missing:
        raise SignatureIncomplete(f"not covered: {', '.join(sorted(missing))}")


def _address(scheme: str, authority: str) -> str:
    usual = {"http": ":80", "https": ":443"}.get(scheme, "")
    return authority.lower().removesuffix(usual) if usual else authority.lower()
