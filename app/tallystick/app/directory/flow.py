"""From the login page to a directory and back: state, nonce and PKCE in the browser that began, each good once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

import httpx
import orjson

from tallystick.app.bootstrap import Node
from tallystick.app.directory import provider
from tallystick.app.directory.errors import DirectoryRefused, DirectoryUnbound
from tallystick.app.directory.provider import Binding
from tallystick.app.directory.secrets import Kept, Secrets
from tallystick.app.machines.once import Once
from tallystick.identity import logins
from tallystick.ledger import Clock, View

lasts_ms = 600_000
cookie = "tallystick_directory"
callback = "/login/directory/back"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what it keeps until it is back."""

    address: str
    kept: str


@dataclass(frozen=True, slots=True)
class Back:
    """Who came back: `person` if the log knows who that is; `digest` for whoever says so next."""

    organisation: str
    digest: str
    person: str | None
    then: str


@dataclass(frozen=True, slots=True)
class Directories:
    """Of one node. `client`: makes what asks a directory; it follows no redirects."""

    node: Node
    once: Once
    clock: Clock
    client: Callable[[], httpx.Client] = field(default=lambda: httpx.Client(trust_env=False))

    @property
    def secrets(self) -> Secrets:
        return Secrets.of(self.node.settings.folder, self.clock)

    def begin(self, organisation: str, then: str) -> Begun:
        """Raises `DirectoryUnbound` or `DirectoryAway`."""
        binding, _ = self._bound(organisation)
        with self.client() as http:
            found = provider.discover(http, binding.issuer)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        hashed = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code", "client_id": binding.client_id, "scope": "openid",
            "redirect_uri": self._redirect(), "state": state, "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }  # fmt: skip
        told = {
            "state": state, "nonce": nonce, "verifier": verifier, "organisation": organisation,
            "then": then, "until": self.clock.now_ms() + lasts_ms,
        }  # fmt: skip
        join = "&" if "?" in found.authorization_endpoint else "?"
        return Begun(f"{found.authorization_endpoint}{join}{urlencode(asked)}", self._marked(told))

    def back(self, kept: str, state: str, code: str) -> Back:
        """Raises `DirectoryRefused`, `DirectoryUnbound` or `DirectoryAway`."""
        told = self._opened(kept)
        same = hmac.compare_digest(str(told["state"]).encode(), state.encode(errors="replace"))
        if not same or told["until"] <= self.clock.now_ms() or not code:
            raise DirectoryRefused
        if not self.once.take("nonce", "directory", state, told["until"]):
            raise DirectoryRefused
        binding, sealed = self._bound(told["organisation"])
        with self.client() as http:
            found = provider.discover(http, binding.issuer)
            token = provider.exchange(
                http, found, binding, sealed.secret, code, told["verifier"], self._redirect()
            )
            now_s = self.clock.now_ms() // 1000
            subject = provider.subject(http, found, binding, token, told["nonce"], now_s)
        digest = sealed.digest(binding.issuer, subject)
        with self.node.look() as view:
            person = person_of(view, binding.organisation, digest)
        return Back(binding.organisation, digest, person, told["then"])

    def _bound(self, organisation: str) -> tuple[Binding, Kept]:
        """Raises `DirectoryUnbound`."""
        with self.node.look() as view:
            row = binding_of(view, organisation)
        if row is None:
            raise DirectoryUnbound(organisation)
        binding = Binding(organisation, row["issuer"], row["client_id"], row["algorithm"])
        return binding, self.secrets.find(organisation)

    def _redirect(self) -> str:
        return f"{self.node.settings.base_url.rstrip('/')}{callback}"

    def _marked(self, told: Mapping[str, Any]) -> str:
        data = base64.urlsafe_b64encode(orjson.dumps(told)).decode()
        return f"{data}.{self._mark(data)}"

    def _opened(self, kept: str) -> dict[str, Any]:
        data, _, mark = kept.partition(".")
        if not hmac.compare_digest(mark.encode(errors="replace"), self._mark(data).encode()):
            raise DirectoryRefused
        found: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(data))
        return found

    def _mark(self, data: str) -> str:
        key = self.secrets.key.current().secret
        return hmac.digest(key, b"login\n" + data.encode(errors="replace"), hashlib.sha256).hex()


def binding_of(view: View, organisation: str) -> Mapping[str, Any] | None:
    return cast(Mapping[str, Any] | None, view.get(logins.directory_kind, organisation))


def person_of(view: View, organisation: str, digest: str) -> str | None:
    """Whose digest it is now, at this organisation."""
    owner = cast(Mapping[str, Any] | None, view.get("subject-of", digest))
    if owner is None:
        return None
    person = str(owner["person"])
    row = cast(Mapping[str, Any] | None, view.get("person", person))
    now = cast(Mapping[str, Any] | None, view.get(logins.subject_kind, person))
    same = now is not None and now["digest"] == digest
    return person if same and row is not None and row["organisation"] == organisation else None
