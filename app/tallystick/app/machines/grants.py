"""The token endpoint's judgement: who the client is (RFC 6749 §2.3, RFC 7523) and what it gets (RFC 6749 §4.4)."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from tallystick.app.machines import jws
from tallystick.app.machines.client_keys import read_jwk
from tallystick.app.machines.clients import Client, Clients, digest
from tallystick.app.machines.errors import (
    AssertionReplayed,
    ClientRefused,
    GrantUnknown,
    OAuthRefused,
    ScopeRefused,
    TokenRefused,
)
from tallystick.app.machines.once import Once, named
from tallystick.app.machines.token_keys import clock_skew_ms
from tallystick.app.machines.tokens import Tokens
from tallystick.ledger import Clock

assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
assertion_types = ("jwt", "client-authentication+jwt", "")
#: Some libraries ask for an hour unless they are told otherwise; an assertion counts once all the same.
assertion_lasts_s_max = 3600
form_bytes_max = 16 * 1024
fields_max = 20
Form = Mapping[str, str]


def read_form(data: bytes) -> Form:
    """`application/x-www-form-urlencoded`, each name once. Raises `OAuthRefused`."""
    try:
        pairs = parse_qsl(
            data.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict",
            max_num_fields=fields_max,
        )  # fmt: skip
    except ValueError:
        raise OAuthRefused("the body is no form (application/x-www-form-urlencoded)") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthRefused("a parameter is there twice")
    # RFC 6749 §3.2: without a value it counts as left out.
    return {name: value for name, value in form.items() if value}


def read_basic(header: str) -> tuple[str, str]:
    """Id and secret, each as in a form (RFC 6749 §2.3.1). Raises `ClientRefused`."""
    scheme, _, told = header.partition(" ")
    if scheme.lower() != "basic":
        raise ClientRefused("the Authorization header is none of HTTP Basic")
    try:
        text = base64.b64decode(told.strip(), validate=True).decode("ascii")
    except ValueError:
        raise ClientRefused("the Authorization header is none of HTTP Basic") from None
    client, colon, secret = text.partition(":")
    if not colon:
        raise ClientRefused("the Authorization header is none of HTTP Basic")
    return unquote_plus(client), unquote_plus(secret)


@dataclass
class Desk:
    """Gives tokens to clients, and takes them back."""

    tokens: Tokens
    clients: Clients
    once: Once
    clock: Clock
    endpoint: str
    _nobody: str = field(default_factory=lambda: digest(secrets.token_urlsafe(32)))

    def give(self, form: Form, header: str | None) -> dict[str, object]:
        """The answer of RFC 6749 §5.1. Raises `OAuthRefused` and its kin."""
        client = self.client(form, header)
        if "grant_type" not in form:
            raise OAuthRefused("grant_type is missing")
        if form["grant_type"] != "client_credentials":
            raise GrantUnknown
        asked = frozenset(form["scope"].split()) if "scope" in form else frozenset(client.scopes)
        if not asked or not asked <= frozenset(client.scopes):
            raise ScopeRefused(f"the client may have {' '.join(client.scopes) or 'none'}")
        return {
            "access_token": self.tokens.issue(client, asked), "token_type": "Bearer",
            "expires_in": self.tokens.lifetime_s, "scope": " ".join(sorted(asked)),
        }  # fmt: skip

    def take_back(self, form: Form, header: str | None) -> None:
        """RFC 7009: a token of somebody else, or none at all, is nothing to take back. Raises `OAuthRefused`."""
        client = self.client(form, header)
        if "token" not in form:
            raise OAuthRefused("token is missing")
        try:
            given = self.tokens.read(form["token"])
        except TokenRefused:
            return
        if given.client != client.id:
            return
        until_ms = given.times[1] * 1000 + clock_skew_ms
        self.once.take("token", client.id, given.id, until_ms)
        self.clients.take_back(named(client.id, given.id))

    def client(self, form: Form, header: str | None) -> Client:
        """Raises `ClientRefused` and its kin."""
        asserted = "client_assertion" in form or "client_assertion_type" in form
        if "client_secret" in form:
            raise OAuthRefused("a secret belongs into the Authorization header")
        if asserted and header is not None:
            raise OAuthRefused("the client proves itself in two ways")
        if asserted:
            found = self._by_assertion(form)
        elif header is not None:
            found = self._by_secret(*read_basic(header))
        else:
            raise ClientRefused("the request has neither Basic nor a client assertion")
        if form.get("client_id", found.id) != found.id:
            raise ClientRefused("client_id is another one")
        if not self.tokens.authors.stand(found.author):
            raise ClientRefused(f"{found.author}, as whom it writes, writes nothing any more")
        return found

    def _by_secret(self, client_id: str, secret: str) -> Client:
        client = self.clients.find(client_id)
        valid = client.valid(self.clock.now_ms()) if client else ()
        known = [one.secret_sha256 for one in valid if one.secret_sha256] or [self._nobody]
        given = digest(secret)
        right = [hmac.compare_digest(one, given) for one in known]
        if client is None or not any(right):
            raise ClientRefused("id or secret is wrong")
        return client

    def _by_assertion(self, form: Form) -> Client:
        if form.get("client_assertion_type") != assertion_type:
            raise ClientRefused(f"client_assertion_type is not {assertion_type}")
        token = form.get("client_assertion", "")
        try:
            return self._asserted(token)
        except jws.NotOurs as error:
            raise ClientRefused(f"the client assertion is refused: {error}") from None

    def _asserted(self, token: str) -> Client:
        jws.header_of(token, assertion_types)
        client = self.clients.find(jws.text(jws.claims_before(token), "sub"))
        if client is None:
            raise jws.NotOurs("no such client has this key")
        claims = self._verified(token, client)
        if jws.text(claims, "iss") != client.id:
            raise jws.NotOurs("iss is not the client")
        audience = claims.get("aud")
        named_here = audience if isinstance(audience, list) else [audience]
        if len(named_here) != 1 or named_here[0] not in (self.endpoint, self.tokens.issuer):
            raise jws.NotOurs("aud is not this node's token endpoint or issuer, alone")
        now_ms, exp = self.clock.now_ms(), jws.whole(claims, "exp")
        if now_ms >= exp * 1000:
            raise jws.NotOurs("it has expired")
        if exp * 1000 - now_ms > assertion_lasts_s_max * 1000 + clock_skew_ms:
            raise jws.NotOurs(f"it lasts longer than {assertion_lasts_s_max} s")
        for name in ("iat", "nbf"):
            if name in claims and jws.whole(claims, name) * 1000 > now_ms + clock_skew_ms:
                raise jws.NotOurs("it is not valid yet")
        jti = jws.text(claims, "jti")
        if not self.once.take("assertion", client.id, jti, exp * 1000 + clock_skew_ms):
            raise AssertionReplayed
        return client

    def _verified(self, token: str, client: Client) -> Mapping[str, object]:
        for one in client.valid(self.clock.now_ms()):
            if one.jwk is not None:
                key, algorithms = read_jwk(one.jwk)
                try:
                    return jws.claims_of(token, key, algorithms)
                except jws.NotOurs:
                    continue
        raise jws.NotOurs("no such client has this key")
