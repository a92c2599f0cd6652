"""Who asks: a user of the Handle API that proved it, by password, by the answer to a nonce or by certificate.

Found once for each request. Whoever is let in is a service device of an organisation, whose entry key this node
holds: once that key is revoked, no login helps.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from tallystick.app.bootstrap import Node
from tallystick.app.handles import transport
from tallystick.app.handles.failures import Failures
from tallystick.app.handles.header import Answered, header_chars_max, read_basic, read_handle
from tallystick.app.handles.sessions import Session, Sessions
from tallystick.app.handles.users import HandleUsers, User
from tallystick.app.keystore import KeyMissing
from tallystick.app.machines import principal_of
from tallystick.app.machines.writing import administrator as machine_administrator
from tallystick.app.writing import Pens
from tallystick.identity import (
    Administrator,
    AuthenticationFailed,
    AuthenticationNeeded,
    CannotAuthenticate,
    HandleAccess,
    Pen,
    SessionEnded,
    UnknownParty,
    challenge,
    resolve,
)
from tallystick.ledger import Clock, SystemClock


@dataclass
class Gate:
    """Asked by the dependencies of routes."""

    node: Node
    users: HandleUsers
    pens: Pens
    clock: Clock = field(default_factory=SystemClock)
    failures: Failures = field(default_factory=Failures)
    sessions: Sessions = field(init=False)
    #: Compared with where there is no such user, so that both take as long.
    _nobody: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.node.store, self.users.master, self.clock)

    def access(self) -> HandleAccess:
        async def identifying(request: Request) -> str | None:
            if not says_who(request) or principal_of(request) is not None:
                return None
            return await run_in_threadpool(self.identity, request)

        def administering(request: Request) -> Administrator:
            return self.administrator(request)

        return HandleAccess(identifying, administering)

    def identity(self, request: Request) -> str | None:
        """`index:handle` of whoever logged in; None for others. Raises `AuthenticationNeeded` and its kin."""
        found = getattr(request.state, "handle_identity", "")
        if found == "":
            found = request.state.handle_identity = self._identity(request)
        return found

    def administrator(self, request: Request) -> Administrator:
        """Raises `AuthenticationNeeded` and its kin."""
        if (machine := machine_administrator(request, self.pens)) is not None:
            return machine
        identity = self.identity(request)
        if identity is None:
            if not transport.is_safe(request):
                raise CannotAuthenticate
            raise AuthenticationNeeded
        return Administrator(identity, self.pen(identity))

    def writing(self, request: Request) -> Pen:
        """The dependency of routers that write: the pen of whoever logged in. Raises as `administrator`."""
        return self.administrator(request).pen

    def pen(self, identity: str) -> Pen:
        """Raises `AuthenticationFailed` where its key was revoked or is not here."""
        try:
            return self.pens.of(identity.partition(":")[2])
        except (KeyMissing, UnknownParty) as error:
            raise AuthenticationFailed(error.detail) from None

    def answer(self, request: Request) -> Session:
        """The session that the request's header names, answered if the header holds an answer."""
        self._require_safe(request)
        told = self._handle_header(request)
        if told is None or not told.session:
            raise SessionEnded("the header names no session")
        if told.signature is None:
            return self.sessions.get(told.session)
        return self._prove(request, told)

    def _identity(self, request: Request) -> str | None:
        header = request.headers.get("authorization")
        if header is None:
            return self._by_certificate(request)
        if len(header) > header_chars_max:
            raise AuthenticationNeeded("the header is too long")
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "basic":
            self._require_safe(request)
            return self._by_password(request, rest)
        if scheme.lower() == "handle":
            self._require_safe(request)
            told = read_handle(rest)
            if told.session:
                return self._by_session(request, told)
            return self._by_certificate(request, asked=True)
        return None

    def _by_password(self, request: Request, told: str) -> str:
        identity, secret = read_basic(told)
        with _Attempt(self, identity, request):
            user = self.users.find(identity)
            known = user is not None and user.login == "HS_SECKEY"
            expected = self.users.secret(user) if user and known else self._nobody
            if not hmac.compare_digest(expected, secret) or not known:
                raise AuthenticationNeeded("user or secret key is wrong")
        return identity

    def _by_session(self, request: Request, told: Answered) -> str:
        if told.signature is not None:
            identity = self._prove(request, told).identity
        else:
            identity = self.sessions.get(told.session).identity
        if identity is None:
            raise AuthenticationNeeded("the session's nonce is not answered yet")
        if self.users.find(identity) is None:
            raise SessionEnded(f"{identity} is a user no longer")
        return identity

    def _prove(self, request: Request, told: Answered) -> Session:
        with _Attempt(self, told.identity, request):
            session = self.sessions.take(told.session)
            user = self.users.find(told.identity)
            message = session.nonce + told.client_nonce
            if not self._is_proof(user, told, message):
                raise AuthenticationFailed("the answer to the nonce is wrong")
        return self.sessions.answered(session, told.identity)

    def _is_proof(self, user: User | None, told: Answered, message: bytes) -> bool:
        given = told.signature or b""
        if told.type == "HS_SECKEY":
            known = user is not None and user.login == "HS_SECKEY"
            secret = self.users.secret(user) if user and known else self._nobody
            return challenge.keyed(secret, told.algorithm, message, given) and known
        if user is None or user.login != "HS_PUBKEY" or told.type != "HS_PUBKEY":
            return False
        jwk = self._public_key(user)
        return jwk is not None and challenge.signed(jwk, told.algorithm, message, given)

    def _public_key(self, user: User) -> Mapping[str, Any] | None:
        """As it stands in the user's record now."""
        with self.node.reader.open() as snapshot:
            record = resolve(snapshot.view, user.handle)
        for value in record.values if record and not record.deleted else ():
            if (value.index, value.type, value.format) == (user.index, "HS_PUBKEY", "key"):
                return value.value if isinstance(value.value, Mapping) else None
        return None

    def _by_certificate(self, request: Request, *, asked: bool = False) -> str | None:
        shown = transport.certificate(request)
        if shown is None:
            if asked:
                raise AuthenticationNeeded("the client showed no certificate")
            return None
        identity = _subject(shown)
        with _Attempt(self, identity, request):
            user = self.users.find(identity)
            jwk = self._public_key(user) if user and user.login == "HS_PUBKEY" else None
            key = challenge.write_key(shown.public_key())
            if jwk is None or challenge.write_key(challenge.read_key(jwk)) != key:
                raise AuthenticationFailed(
                    "the certificate's key is not the HS_PUBKEY of its subject"
                )
            now = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC)
            if not shown.not_valid_before_utc <= now <= shown.not_valid_after_utc:
                raise AuthenticationFailed("the certificate is not valid now")
        return identity

    def _handle_header(self, request: Request) -> Answered | None:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "handle" or len(rest) > header_chars_max:
            return None
        return read_handle(rest)

    def _require_safe(self, request: Request) -> None:
        if not transport.is_safe(request):
            raise CannotAuthenticate


def says_who(request: Request) -> bool:
    """Whether there is anything in a request to find out who asks; most who resolve a handle say nothing."""
    return "authorization" in request.headers or "tls" in request.scope.get("extensions", ())


class _Attempt:
    """Counts what fails, and refuses to try more often than is allowed."""

    def __init__(self, gate: Gate, identity: str, request: Request) -> None:
        self._failures, self._who = gate.failures, (identity, transport.address(request))

    def __enter__(self) -> None:
        self._failures.require(*self._who)

    def __exit__(self, kind: object, error: object, _: object) -> None:
        if isinstance(error, AuthenticationFailed | AuthenticationNeeded | SessionEnded):
            self._failures.note(*self._who)


def _subject(shown: x509.Certificate) -> str:
    for oid in (NameOID.USER_ID, NameOID.COMMON_NAME):
        for attribute in shown.subject.get_attributes_for_oid(oid):
            return str(attribute.value)
    return ""
