"""Two Chromiums with authenticators inside: invited, approved, logged in, roles by two, key lost and recovered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests import loopback
from tests.app.captures import lend_keys
from tests.app.login.test_in_chromium import credential_of
from tests.app.pages import browser
from tests.conftest import missing
from tests.identity.people.firm import code, first, found, second
from tests.ledger.authenticator import Authenticator, plainly, write
from tests.ledger.world import World, core, key

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import (
    AddKey,
    Decide,
    RevokeKey,
    WebAuthn,
    pending_of,
    restated,
)
from tallystick.ledger import P256, Reader


class Rig:
    """A node, an officer's browser in which it is logged in, and that of whoever is invited."""

    def __init__(
        self,
        world: World,
        site: str,
        officer: browser.Tab,
        guest: browser.Tab,
        passkey: Authenticator,
    ) -> None:
        self.world, self.site, self.officer, self.guest = world, site, officer, guest
        self.passkey = passkey

    def invite(self, form: str) -> str:
        """Submit a form that invites; the address."""
        at = "document.querySelector('#person-code [data-part=address]')"
        before = self.officer.value(f"{at}.href")
        self.officer.value(f"document.querySelector({form!r}).requestSubmit()")
        self.officer.until(f"{at}.href !== {before!r}")
        return str(self.officer.value(f"{at}.href"))

    def join(self, address: str, name: str = "") -> None:
        """The invited one asks, both compare digits, the officer approves, the new key signs."""
        self.guest.open("about:blank")
        self.guest.open(f"{address.partition('#')[0]}?lang=en#{address.partition('#')[2]}")
        self.guest.until("!document.getElementById('who').hidden")
        if name:
            self.guest.value(f"document.getElementById('called').value = {name!r}")
            self.guest.value("document.getElementById('contact').value = 'wang@firm.example'")
        picture(self.guest, "join")
        self.guest.value("document.getElementById('who').requestSubmit()")
        self.guest.until("document.querySelector('#asked .digits').innerText !== ''")
        digits = self.guest.value("document.querySelector('#asked .digits').innerText")
        self.officer.until(
            f"[...document.querySelectorAll('.request .digits')].some(d => d.innerText === {digits!r})",
        )
        picture(self.officer, "request")
        self.officer.value("document.querySelector('.request [name=same]').click()")
        self.officer.value("document.querySelector('.request form').requestSubmit()")
        for left in (
            ("identity.person.add/1", "identity.key.add/1") if name else ("identity.propose/1",)
        ):
            self.signs(self.officer, left)
        self.guest.until("!document.getElementById('sign').hidden")
        self.guest.value("document.getElementById('sign').requestSubmit()")
        self.guest.until("!document.getElementById('done').hidden")
        picture(self.guest, "joined")

    def signs(self, tab: browser.Tab, _type: str) -> None:
        """What the dialog shows, with the passkey that it offers first."""
        button = "document.querySelector('dialog.signing [data-part=sign]')"
        tab.until(f"document.querySelector('dialog.signing').open && !{button}.disabled")
        title = tab.value("document.querySelector('dialog.signing [data-part=title]').innerText")
        picture(tab, f"signing-{title.replace(' ', '-')}")
        tab.value("document.querySelector('dialog.signing form').requestSubmit()")
        tab.until(
            "!document.querySelector('dialog.signing').open ||"
            f" document.querySelector('dialog.signing [data-part=title]').innerText !== {title!r}",
        )

    def propose_roles(self, person: str, role: str) -> None:
        """By the form of the members' page."""
        self.go(self.officer, "/members?lang=en")
        form = f'document.querySelector(\'[id="m-{person.replace("/", "-")}"] [data-sign="identity.propose/1"]\')'
        self.officer.value(f"{form}.querySelector('[value={role}]').click()")
        self.officer.value(f"{form}.requestSubmit()")
        self.signs(self.officer, "identity.propose/1")
        self.officer.until("location.pathname === '/pending'")

    def waiting(self) -> list[dict[str, Any]]:
        with self.world.reader.open() as snapshot:
            return pending_of(snapshot.view, Reader.party(core), core, only_open=True)

    def go(self, tab: browser.Tab, where: str) -> None:
        """There, and nowhere else: what was still loading may end meanwhile."""
        tab.open(f"{self.site}{where}")
        here = where.partition("?")[0]
        tab.until(f"location.pathname === {here!r}")

    def log_in(self, tab: browser.Tab) -> str:
        self.go(tab, "/login?lang=en&next=/keys")
        tab.value("document.querySelector('form.login button').click()")
        tab.until("location.pathname === '/keys'")
        tab.until("document.readyState === 'complete'")
        return str(tab.value("document.querySelector('.who').innerText"))


def picture(tab: browser.Tab, name: str) -> None:
    """Kept where somebody wants to look at them."""
    wanted = os.environ.get("TALLYSTICK_TEST_PICTURES")
    if wanted:
        tab.picture(Path(wanted) / f"{name}.png")


def authenticator(tab: browser.Tab) -> str:
    tab.call("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made: str = tab.call("WebAuthn.addVirtualAuthenticator", options=options)["authenticatorId"]
    return made


def _passkey(world: World, tab: browser.Tab, site: str) -> Authenticator:
    """The first officer's: in its browser's authenticator, and registered by itself."""
    own = Authenticator(key(f"320:{first}", P256), "localhost", site)
    body = AddKey(
        key=own.signing.keyid, jwk=own.signing.private.public.jwk(), custody="self", types=("*",),
        webauthn=WebAuthn(rp_id="localhost", origin=site),
    )  # fmt: skip
    signers = [plainly(key(f"300:{first}")), own.sign]
    world.append([write(world.author(first), "identity.key.add/1", body, signers)])
    # With keys of two suites it would sign everything with both.
    gone = RevokeKey(key=f"300:{first}", reason="replaced")
    world.append([write(world.author(first), "identity.key.revoke/1", gone, signers)])
    known = authenticator(tab)
    tab.call("WebAuthn.addCredential", authenticatorId=known, credential=credential_of(own, first))
    return own


@contextmanager
def serving(home: Path) -> Iterator[Rig]:
    lend_keys(home / "node")
    url = f"sqlite:///{home / 'ledger.sqlite3'}"
    world = World(url, home / "signer", rules=rule_set())
    world.populate()
    found(world)
    with ExitStack() as stack:
        port = stack.enter_context(loopback.listening())
        site = loopback.address(port, "localhost")
        where = Settings(home=home / "node", database_url=url, base_url=site)
        app = create_app(Node.at(where), world.ledger)
        stack.enter_context(loopback.serving(app, port))
        officer, guest = (stack.enter_context(browser.tab()) for _ in range(2))
        yield Rig(world, site, officer, guest, _passkey(world, officer, site))


def _decided(world: World, proposal: str, **more: Any) -> str:
    body = Decide(proposal=proposal, decision="approve", **more)
    return code(world, second, "decide", body)


def test_from_an_invitation_to_a_recovered_key(tmp_path: Path) -> None:
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    with serving(tmp_path) as rig:
        known = authenticator(rig.guest)
        rig.guest.look(browser.phone_px)
        assert rig.log_in(rig.officer) == first
        rig.go(rig.officer, "/members?lang=en")
        rig.join(rig.invite("form[data-invite=person]"), "Wang Wei")
        person = rig.log_in(rig.guest)
        assert rig.guest.value("document.documentElement.scrollWidth") == browser.phone_px
        picture(rig.guest, "keys")
        rig.propose_roles(person, "maker")
        (asked,) = rig.waiting()
        assert asked["what"] == {"kind": "roles", "person": person, "roles": ["maker"]}
        assert _decided(rig.world, asked["proposal"]) == "accepted"
        for language in ("en", "zh"):
            for width in (browser.desktop_px, browser.phone_px):
                rig.officer.look(width)
                rig.go(rig.officer, f"/members?lang={language}")
                assert rig.officer.value("document.documentElement.scrollWidth") == width
                picture(rig.officer, f"members-{language}-{width}")
        assert "Wang Wei" in rig.officer.value("document.body.innerText")
        assert "Wang Wei" not in rig.guest.value("document.body.innerText")
        rig.go(rig.officer, "/members?lang=en")
        # The telephone is gone, with what it had.
        rig.guest.call("WebAuthn.removeVirtualAuthenticator", authenticatorId=known)
        authenticator(rig.guest)
        at = f'[id="m-{person.replace("/", "-")}"] form[data-invite=recovery]'
        rig.join(rig.invite(at))
        rig.go(rig.officer, "/pending?lang=en")
        picture(rig.officer, "pending")
        shown = rig.officer.value("document.querySelector('.proposal').innerText")
        assert f"Put the key 301:{person} in the place of 300:{person}" in shown
        (one,) = rig.waiting()
        with rig.world.reader.open() as snapshot:
            told = restated(snapshot.view, one["proposal"], second)
        assert _decided(rig.world, one["proposal"], recovered=told) == "accepted"
        # What was logged in with the lost key is logged in no more; the new one logs in.
        rig.go(rig.guest, "/keys?lang=en")
        assert "Log in to see your keys" in rig.guest.value("document.body.innerText")
        assert rig.log_in(rig.guest) == person
        assert rig.officer.complaints() == []
