"""A passkey logs in through the page, in a real Chromium with an authenticator inside."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from tests import loopback
from tests.app.captures import lend_keys
from tests.app.pages import browser
from tests.conftest import missing
from tests.identity.people.firm import found
from tests.ledger.authenticator import Authenticator, plainly, write
from tests.ledger.world import World, core, key

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import AddKey, AddPerson, WebAuthn
from tallystick.ledger import P256

fresh = "99.100/P-PASSKEY00000"


@contextmanager
def serving(home: Path) -> Iterator[Authenticator]:
    """A node with a person who has nothing but a passkey, registered for the node's own page."""
    lend_keys(home / "node")
    url = f"sqlite:///{home / 'ledger.sqlite3'}"
    world = World(url, home / "signer", rules=rule_set())
    world.populate()
    with loopback.listening() as port:
        site = loopback.address(port, "localhost")
        passkey = Authenticator(key(f"320:{fresh}", P256), "localhost", site)
        _register(world, passkey)
        found(world)
        where = Settings(home=home / "node", database_url=url, base_url=site)
        with loopback.serving(create_app(Node.at(where), world.ledger), port):
            yield passkey


def _register(world: World, passkey: Authenticator) -> None:
    person = AddPerson(person=fresh, organisation=core, roles=("reader",))
    world.add(core, "identity.person.add/1", person)
    body = AddKey(
        key=passkey.signing.keyid,
        jwk=passkey.signing.private.public.jwk(),
        custody="self",
        types=("*",),
        webauthn=WebAuthn(rp_id=passkey.rp_id, origin=passkey.origin),
    )
    signers = [plainly(key(f"300:{core}")), passkey.sign]
    world.append([write(world.author(core), "identity.key.add/1", body, signers)])


def authenticator(tab: browser.Tab, passkey: Authenticator) -> None:
    """The key in the browser's authenticator, which finds its user there."""
    tab.call("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = tab.call("WebAuthn.addVirtualAuthenticator", options=options)
    credential = credential_of(passkey, fresh)
    tab.call(
        "WebAuthn.addCredential", authenticatorId=made["authenticatorId"], credential=credential
    )


def credential_of(passkey: Authenticator, person: str) -> dict[str, object]:
    """A passkey as DevTools takes it: found by its user, who is this person."""
    private = serialization.load_pem_private_key(passkey.signing.private.pem(), None)
    der = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "credentialId": base64.b64encode(b"a passkey of the tests").decode(),
        "isResidentCredential": True,
        "rpId": passkey.rp_id,
        "privateKey": base64.b64encode(der).decode(),
        "userHandle": base64.b64encode(person.encode()).decode(),
        "signCount": browser.signed_before(),
    }


def test_a_passkey_logs_in_and_out(tmp_path: Path) -> None:
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    with serving(tmp_path) as passkey, browser.tab() as tab:
        tab.look(browser.phone_px)
        tab.open(f"{passkey.origin}/login?lang=en&next=/log")
        # Nobody is there who could sign yet.
        tab.call("WebAuthn.enable")
        assert "There is no password" in tab.value("document.body.innerText")
        assert tab.value("document.documentElement.scrollWidth") == browser.phone_px
        authenticator(tab, passkey)
        # Pressed twice, as people do: a challenge is good once, and the second answer would be refused.
        tab.value("for (const _ of [1, 2]) document.querySelector('form.login button').click()")
        tab.until("location.pathname === '/log'")
        tab.until(f"document.querySelector('.who')?.innerText === '{fresh}'")
        tab.look(browser.desktop_px)
        tab.open(f"{passkey.origin}/login?lang=zh")
        told = tab.value("document.body.innerText")
        assert "您已登录" in told
        assert "只读人员" in told
        assert tab.complaints() == []
        tab.value("document.querySelector('form[action=\"/logout\"] button').click()")
        tab.until("location.pathname === '/'")
        tab.until("document.querySelector('.who')?.innerText === '登录'")
