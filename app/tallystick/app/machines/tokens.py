"""Access tokens: JWTs as RFC 9068 has them, for this node alone, for minutes.

A token says which client it was given to and which scopes; for whom the client asks, and whether it still may, stands
in the register of clients, and in the log whether that one as whom it writes is still there. Whoever bears one asks for that organisation.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws as jose

from tallystick.app.machines import jws, once
from tallystick.app.machines.authors import Authors
from tallystick.app.machines.clients import Client, Clients, digest
from tallystick.app.machines.errors import (
    TokenEarly,
    TokenExpired,
    TokenRefused,
    TokenTakenBack,
)
from tallystick.app.machines.principal import Principal
from tallystick.app.machines.token_keys import TokenKeys, algorithm, clock_skew_ms
from tallystick.ledger import Clock

typ = "at+jwt"
remembered_max = 10_000


@dataclass(frozen=True, slots=True)
class Given:
    """What a token of ours says. `times`: iat and exp, in seconds; `generation`: of its client's credentials."""

    id: str
    client: str
    scopes: frozenset[str]
    times: tuple[int, int]
    generation: int
    key: str


@dataclass
class Tokens:
    """`issuer`: the base address of the node, without a slash at its end; it is the audience too."""

    issuer: str
    keys: TokenKeys
    clients: Clients
    authors: Authors
    clock: Clock
    lifetime_s: int
    _seen: OrderedDict[str, Given] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, client: Client, scopes: Iterable[str]) -> str:
        now_s, key = self.clock.now_ms() // 1000, self.keys.current()
        claims = {
            "iss": self.issuer, "aud": self.issuer, "sub": client.id, "client_id": client.id,
            "iat": now_s, "exp": now_s + self.lifetime_s, "jti": secrets.token_urlsafe(16),
            "scope": " ".join(sorted(scopes)), "generation": client.generation,
        }  # fmt: skip
        header = {"alg": algorithm, "typ": typ, "kid": key.id}
        return jose.serialize_compact(header, json.dumps(claims), key.key, [algorithm])

    def principal(self, token: str) -> Principal:
        """For whom the bearer asks. Raises `TokenRefused` and its kin."""
        given = self.read(token)
        client = self._client(given)
        scopes = given.scopes & frozenset(client.scopes)
        return Principal(client.organisation, scopes, "token", client.id, client.author)

    def is_remembered(self, token: str) -> bool:
        """Whether `principal` answers from memory."""
        known = digest(token) in self._seen
        return known and self.clients.is_fresh() and self.authors.is_fresh()

    def read(self, token: str) -> Given:
        """Raises `TokenRefused`, `TokenExpired` or `TokenEarly`."""
        mark = digest(token)
        given = self._seen.get(mark)
        if given is None or given.key not in self.keys.believed():
            given = self._opened(token)
            with self._lock:
                self._seen[mark] = given
                while len(self._seen) > remembered_max:
                    self._seen.popitem(last=False)
        now_ms, (iat, exp) = self.clock.now_ms(), given.times
        if now_ms >= exp * 1000:
            raise TokenExpired
        if now_ms + clock_skew_ms < iat * 1000:
            raise TokenEarly
        return given

    def _client(self, given: Given) -> Client:
        client = self.clients.find(given.client)
        if client is None or given.generation != client.generation:
            raise TokenTakenBack
        if self.clients.is_taken_back(once.named(given.client, given.id)):
            raise TokenTakenBack
        if not self.authors.stand(client.author):
            raise TokenTakenBack(f"{client.author} writes nothing any more")
        return client

    def _opened(self, token: str) -> Given:
        try:
            header = jws.header_of(token, (typ,))
            key = self.keys.believed().get(header.get("kid", ""))
            if key is None or header.get("alg") != algorithm:
                raise jws.NotOurs("this node has not signed it")
            return self._given(jws.claims_of(token, key.key, [algorithm]), key.id)
        except jws.NotOurs as error:
            raise TokenRefused(str(error)) from None

    def _given(self, claims: Mapping[str, Any], key: str) -> Given:
        if jws.text(claims, "iss") != self.issuer:
            raise jws.NotOurs("it has another issuer")
        if jws.text(claims, "aud") != self.issuer:
            raise jws.NotOurs("it is for another audience")
        client = jws.text(claims, "client_id")
        if jws.text(claims, "sub") != client:
            raise jws.NotOurs("it is not a client's own")
        scope = claims.get("scope", "")
        if not isinstance(scope, str):
            raise jws.NotOurs("its scope is no text")
        iat, exp = jws.whole(claims, "iat"), jws.whole(claims, "exp")
        if (exp - iat) * 1000 > self.keys.lifetime_ms:
            raise jws.NotOurs("it lasts longer than tokens of this node")
        generation = jws.whole(claims, "generation")
        return Given(
            jws.text(claims, "jti"), client, frozenset(scope.split()), (iat, exp), generation, key
        )


def is_one(token: str) -> bool:
    """Whether this has the form of a signed token: tokens of `tallystick reader` have not."""
    return token.count(".") >= 2
