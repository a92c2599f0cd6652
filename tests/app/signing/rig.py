"""A node behind a real server, and people with passkeys in browsers with authenticators inside."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from tests import loopback
from tests.app.captures import lend_keys
from tests.app.pages import browser
from tests.conftest import missing
from tests.ledger.authenticator import Authenticator, plainly, write
from tests.ledger.world import World, key

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import AddKey, AddPerson, Role, WebAuthn
from tallystick.ledger import P256

attempts_max = 3
#: What pages said that logged nobody in, for whoever looks for the reason.
refusals: list[str] = []
_options = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@dataclass
class Seat:
    """A browser at which people sit down, each with their own authenticator."""

    tab: browser.Tab
    site: str
    _authenticator: str = ""

    def until(self, expression: str) -> Any:
        return self.tab.until(expression)

    def done(self, expression: str) -> Any:
        """What a promise gives."""
        answer = self.tab.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def holds(self, *passkeys: Authenticator) -> None:
        """Exactly these passkeys are at hand."""
        self.tab.call("WebAuthn.enable")
        if self._authenticator:
            self.tab.call(
                "WebAuthn.removeVirtualAuthenticator", authenticatorId=self._authenticator
            )
        made = self.tab.call("WebAuthn.addVirtualAuthenticator", options=_options)
        self._authenticator = made["authenticatorId"]
        for passkey in passkeys:
            self.tab.call(
                "WebAuthn.addCredential",
                authenticatorId=self._authenticator,
                credential=_credential(passkey),
            )

    def leave(self) -> None:
        self.tab.call("Network.clearBrowserCookies")

    def login(self, passkey: Authenticator, then: str = "/log") -> None:
        """By the page, as that passkey's person."""
        self.leave()
        self.holds(passkey)
        there = f"location.pathname === '{then.partition('?')[0]}'"
        for _ in range(attempts_max):
            self.tab.open(f"{self.site}/login?lang=en&next={then}")
            self.tab.value("document.querySelector('form.login button').click()")
            # Where a challenge is refused, people load the page again.
            self.until(f"{there} || document.querySelector('form.login') === null")
            if self.tab.value(there):
                break
            refusals.append(str(self.tab.value("document.querySelector('main').innerText")))
        assert self.tab.value(there), refusals
        self.until("document.readyState === 'complete'")

    def offer(self, entry_type: str, fields: Mapping[str, str], then: str = "/log") -> None:
        """A form that acts, put into the page that is open, and sent."""
        inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
        form = (
            f'<form id="act" data-sign="{entry_type}" data-then="{then}">{inputs}'
            '<button>send</button><p role="status"></p></form>'
        )
        self.tab.value(
            f"document.querySelector('main').innerHTML = {form!r};"
            "Signing.wire(document.getElementById('act'));"
            "document.querySelector('#act button').click()"
        )

    def sign(self) -> None:
        """In the dialog that shows what will be signed."""
        self.until("document.querySelector('dialog#signing[open]') !== null")
        self.tab.value("document.querySelector('#signing [data-part=sign]').click()")

    def acted(self) -> None:
        """The entry is in the log, and the page that comes after it is there."""
        self.until("!document.getElementById('act')")

    def shown(self) -> str:
        """What the dialog says."""
        self.until("document.querySelector('dialog#signing[open]') !== null")
        return str(self.tab.value("document.querySelector('#signing').innerText"))


def _credential(passkey: Authenticator) -> dict[str, Any]:
    person = passkey.signing.keyid.partition(":")[2]
    private = serialization.load_pem_private_key(passkey.signing.private.pem(), None)
    der = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "credentialId": base64.b64encode(passkey.signing.keyid.encode()).decode(),
        "isResidentCredential": True,
        "rpId": passkey.rp_id,
        "privateKey": base64.b64encode(der).decode(),
        "userHandle": base64.b64encode(person.encode()).decode(),
        "signCount": browser.signed_before(),
    }


@dataclass
class Site:
    """A served node, its log, and where it is."""

    world: World
    node: Node
    url: str

    def person(
        self, registrar: str, organisation: str, person: str, *roles: Role, index: int = 320
    ) -> Authenticator:
        """Registered, with nothing but a passkey of this site."""
        body = AddPerson(person=person, organisation=organisation, roles=roles)
        self.world.add(registrar, "identity.person.add/1", body)
        return self.passkey(registrar, person, index)

    def passkey(
        self,
        registrar: str,
        person: str,
        index: int,
        by: Sequence[Authenticator] = (),
    ) -> Authenticator:
        """One more passkey of a person; `by`: passkeys that sign for the registrar."""
        made = Authenticator(key(f"{index}:{person}", P256), "localhost", self.url)
        body = AddKey(
            key=made.signing.keyid,
            jwk=made.signing.private.public.jwk(),
            custody="self",
            types=("*",),
            webauthn=WebAuthn(rp_id=made.rp_id, origin=made.origin),
        )
        signers = [one.sign for one in by] or [plainly(key(f"300:{registrar}"))]
        entry = write(
            self.world.author(registrar), "identity.key.add/1", body, [*signers, made.sign]
        )
        self.world.append([entry])
        return made


@contextmanager
def served(home: Path, url: str) -> Iterator[Site]:
    """The small log of the tests, served on this machine with all the product's rules."""
    with ExitStack() as stack:
        lend_keys(home / "node")
        world = World(url, home / "signer", rules=rule_set())
        world.populate()
        port = stack.enter_context(loopback.listening())
        site = loopback.address(port, "localhost")
        node = Node.at(Settings(home=home / "node", database_url=url, base_url=site))
        stack.enter_context(loopback.serving(create_app(node, world.ledger), port))
        yield Site(world, node, site)


@contextmanager
def seat(url: str) -> Iterator[Seat]:
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    with browser.tab() as tab:
        tab.look(browser.desktop_px)
        yield Seat(tab, url)
