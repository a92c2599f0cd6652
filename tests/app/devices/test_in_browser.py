"""A browser becomes a device: by a code, with a key that cannot be read out, approved by a passkey in a browser."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests import loopback
from tests.app.captures import lend_keys
from tests.app.pages import browser
from tests.conftest import missing
from tests.identity.devices.captured import capture, reading
from tests.identity.devices.enrolled import administrator, copied, enrol
from tests.ledger.authenticator import Authenticator, plainly, write
from tests.ledger.world import World, core
from tests.ledger.world import key as signing

from tallystick import scanners
from tallystick.app.bootstrap import Node
from tallystick.app.http import create_app
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity import AddKey, AddPerson, WebAuthn, devices
from tallystick.ledger import PrivateKey, SigningKey, StreamAuthor

#: Has a passkey, and no other key.
approver = "99.100/P-APPROVER00000"


@dataclass
class Rig:
    world: World
    node: Node
    tab: browser.Tab
    url: str
    token: str
    folder: Path

    def as_administrator(self) -> None:
        self.tab.call(
            "Network.setExtraHTTPHeaders", headers={"Authorization": f"Bearer {self.token}"}
        )
        self.tab.open(f"{self.url}/devices?organisation={quote(core)}&lang=en")

    def as_device(self, address: str = "", language: str = "en") -> None:
        self.tab.call("Network.setExtraHTTPHeaders", headers={})
        self.tab.open("about:blank")
        self.tab.open(address or f"{self.url}/scan/enrol?lang={language}")

    def picture(self, name: str) -> None:
        """Kept where somebody wants to look at them."""
        wanted = os.environ.get("TALLYSTICK_TEST_PICTURES")
        if wanted:
            self.tab.picture(Path(wanted) / f"{name}.png")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    with ExitStack() as stack:
        lend_keys(tmp_path)
        world = copied(tmp_path)
        port = stack.enter_context(loopback.listening())
        url = loopback.address(port, "localhost")
        node = Node.at(Settings(home=tmp_path, database_url=world.url, base_url=url))
        token = Readers(tmp_path).add("core", core)
        stack.enter_context(loopback.serving(create_app(node, world.ledger), port))
        tab = stack.enter_context(browser.tab())
        _passkey(world, tab, url)
        yield Rig(world, node, tab, url, token, tmp_path)


def _passkey(world: World, tab: browser.Tab, origin: str) -> None:
    """The administrator's passkey: in the browser's authenticator, and registered in the log."""
    own = ec.generate_private_key(ec.SECP256R1())
    tab.call("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    known = tab.call("WebAuthn.addVirtualAuthenticator", options=options)["authenticatorId"]
    secret = own.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    credential = {
        "credentialId": base64.b64encode(b"administrator").decode(), "isResidentCredential": True,
        "rpId": "localhost", "privateKey": base64.b64encode(secret).decode(),
        "userHandle": base64.b64encode(b"administrator").decode(), "signCount": browser.signed_before(),
    }  # fmt: skip
    tab.call("WebAuthn.addCredential", authenticatorId=known, credential=credential)
    key = PrivateKey(own)
    reference = f"300:{approver}"
    where = WebAuthn(rp_id="localhost", origin=origin)
    body = AddKey(
        key=reference, jwk=key.public.jwk(), custody="hardware", types=("*",), webauthn=where
    )
    new = Authenticator(SigningKey(reference, key), "localhost", origin)
    person = AddPerson(person=approver, organisation=core, roles=("administrator",))
    world.add(core, "identity.person.add/1", person)
    signers = [plainly(signing(f"300:{administrator}")), new.sign]
    world.append([write(world.author(administrator), "identity.key.add/1", body, signers)])


def test_a_browser_is_enrolled_by_a_code_and_approved_by_a_passkey(rig: Rig) -> None:
    """And later has a fresh key."""
    # An administrator makes a code, and the device reads it from the picture.
    rig.as_administrator()
    rig.tab.look(browser.desktop_px)
    rig.tab.value("document.querySelector('#invitation button').click()")
    source = rig.tab.until("document.querySelector('#code:not([hidden]) img')?.src")
    picture = rig.folder / "code.png"
    picture.write_bytes(base64.b64decode(source.partition(",")[2]))
    rig.picture("invite")
    address = scanners.decode(picture)[0].text
    assert address == rig.tab.value("document.querySelector('[data-part=address]').textContent")
    assert rig.tab.complaints() == []

    # The device opens it: the token leaves the address at once, and stands in no request's address.
    rig.as_device(address)
    rig.tab.look(browser.phone_px)
    rig.tab.until("!document.getElementById('name').hidden")
    assert rig.tab.value("location.hash") == ""
    token = scanners.read_address(address).token
    asked = [
        e["params"]["request"]["url"]
        for e in rig.tab.events
        if e.get("method") == "Network.requestWillBeSent"
    ]
    assert asked
    assert not any(token in url for url in asked)
    rig.tab.value("document.getElementById('called').value = '东门 1'")
    rig.tab.value("document.querySelector('#name button').click()")
    shown = rig.tab.until(
        "document.querySelector('#asked:not([hidden]) [data-part=digits]')?.textContent"
    )
    rig.picture("asked-phone")
    exported = rig.tab.call(
        "Runtime.evaluate", awaitPromise=True, returnByValue=True, expression=_export
    )
    assert exported["result"]["value"] == "InvalidAccessError", "the key cannot be read out"

    # The administrator sees the same digits, and signs with a passkey.
    rig.as_administrator()
    rig.tab.look(browser.desktop_px)
    seen = rig.tab.until("document.querySelector('.request [data-part=digits]')?.textContent")
    assert seen == shown
    rig.tab.until("document.querySelector('.request [data-part=approve]').onclick !== null")
    rig.tab.value("document.querySelector('.request [data-part=approve]').click()")
    rig.tab.until(
        "!document.getElementById('approval').hidden && document.getElementById('handle').value"
    )
    rig.tab.value("document.getElementById('handle').value = '99.100.1/gate-1'")
    rig.tab.value("document.querySelector('#approval [name=same]').click()")
    rig.picture("approval")
    rig.tab.value("document.querySelector('#approval [type=submit]').click()")
    rig.tab.until("document.querySelector('.request')?.dataset.state === 'approved'")
    assert rig.tab.complaints() == []

    # The device, which was off meanwhile, finishes by itself.
    rig.as_device(language="zh")
    rig.tab.look(browser.phone_px)
    handle = rig.tab.until(
        "document.querySelector('#done:not([hidden]) [data-part=device]')?.textContent"
    )
    rig.picture("done-phone-zh")
    assert handle == "99.100.1/gate-1"
    with rig.world.reader.open() as snapshot:
        found = devices.device(snapshot.view, handle)
        row = snapshot.row(found.row["since"])
    assert (found.state, row.author, row.type) == ("active", approver, devices.enrol_type)
    assert b"webauthn" in row.leaf
    _renew(rig, handle)

    # It is listed; used up, the code says so.
    rig.as_administrator()
    assert handle in rig.tab.value("document.querySelector('table').innerText")
    rig.picture("list")
    rig.as_device(address)
    rig.tab.until("!document.getElementById('done').hidden")
    rig.tab.value("document.getElementById('anew').click()")
    rig.tab.until("!document.getElementById('address').hidden")
    rig.tab.value(f"document.getElementById('text').value = {address!r}")
    rig.tab.value("document.querySelector('#address button').click()")
    rig.tab.until("document.getElementById('state').innerText.includes('used already')")


def _renew(rig: Rig, handle: str) -> None:
    """A first fresh key is refused, and the old one goes on; a second one is approved by a passkey."""
    first = rig.tab.value("document.querySelector('#done [data-part=digits]').textContent")
    for answer in ("refuse", "approve"):
        rig.tab.until("!document.getElementById('done').hidden")
        rig.tab.value("document.querySelector('[data-part=renew]').click()")
        shown = rig.tab.until(
            "document.querySelector('#asked:not([hidden]) [data-part=digits]')?.textContent"
        )
        assert shown != first
        rig.picture("renewing-phone-zh")
        rig.as_administrator()
        rig.tab.look(browser.desktop_px)
        # The browser of a test has one window: the device asked before it was left, or asks when it is back.
        card = "document.querySelector('.request [data-part=renews]:not([hidden]) code')"
        if rig.tab.value(f"{card}?.textContent") != f"300:{handle}":
            rig.tab.until(f"{card}?.textContent === '300:{handle}'")
        assert (
            rig.tab.value("document.querySelector('.request [data-part=digits]').textContent")
            == shown
        )
        rig.picture("renewal-asked")
        rig.tab.until(f"document.querySelector('.request [data-part={answer}]').onclick !== null")
        if answer == "refuse":
            rig.tab.value("window.confirm = () => true")
            rig.tab.value("document.querySelector('.request [data-part=refuse]').click()")
            rig.tab.until("document.querySelectorAll('.request[data-id]').length === 0")
            rig.as_device(language="en")
            rig.tab.until(
                "document.getElementById('state').innerText.includes('refused the fresh key')"
            )
            assert (
                rig.tab.value("document.querySelector('#done [data-part=digits]').textContent")
                == first
            )
            rig.as_device(language="zh")
            continue
        rig.tab.value("document.querySelector('.request [data-part=approve]').click()")
        rig.tab.until(f"document.getElementById('handle').value === {handle!r}")
        assert rig.tab.value("document.getElementById('handle').readOnly") is True
        rig.tab.value("document.querySelector('#approval [name=same]').click()")
        rig.picture("renewal-approval")
        rig.tab.value("document.querySelector('#approval [type=submit]').click()")
        rig.tab.until("document.querySelector('.request')?.dataset.state === 'approved'")
        assert rig.tab.complaints() == []
    rig.as_device(language="zh")
    rig.tab.look(browser.phone_px)
    rig.tab.until("document.querySelector('#done:not([hidden]) [data-part=reference]')?.textContent"
              f" === '301:{handle}'")  # fmt: skip
    assert rig.tab.value("document.querySelector('#done [data-part=digits]').textContent") == shown
    rig.picture("renewed-phone-zh")
    with rig.world.reader.open() as snapshot:
        keys: Any = snapshot.view.group("key", handle)
    assert keys["300"]["replaced_by"] == f"301:{handle}"
    assert "until" not in keys["301"]
    exported = rig.tab.call(
        "Runtime.evaluate", awaitPromise=True, returnByValue=True, expression=_export
    )
    assert exported["result"]["value"] == "InvalidAccessError", "the key cannot be read out"


def test_a_browser_whose_storage_stays_silent_says_so(rig: Rig) -> None:
    """The page waited for ever for what the browser may keep, and showed nothing but its heading."""
    source = "const real = IDBFactory.prototype.open; let left = %s; "
    silent = "IDBFactory.prototype.open = function (...told) { return left-- > 0 ? {} : real.apply(this, told) }"
    for language, said in (
        ("en", "storage of this browser does not answer"),
        ("zh", "存储没有响应"),
    ):
        known = rig.tab.call("Page.addScriptToEvaluateOnNewDocument", source=source % 5 + silent)
        rig.as_device(language=language)
        rig.tab.until(f"document.getElementById('state').innerText.includes({said!r})")
        assert rig.tab.value("document.getElementById('address').hidden")
        rig.tab.call("Page.removeScriptToEvaluateOnNewDocument", identifier=known["identifier"])
    # Silent four times, it is asked a fifth.
    rig.tab.call("Page.addScriptToEvaluateOnNewDocument", source=source % 4 + silent)
    rig.as_device()
    rig.tab.until("!document.getElementById('address').hidden")
    assert rig.tab.value("document.getElementById('state').hidden")


def test_the_desk_and_the_device_page_fit_every_width(rig: Rig) -> None:
    """With a device of each state: a cloned one, its calibration over; one replaced, and its successor."""
    cloned = enrol(rig.world, purpose="sensor")
    times = {"valid_from": "2026-01-01T00:00:00.000Z", "valid_until": "2026-02-01T00:00:00.000Z"}
    gate = cloned.author.handle
    over = devices.CalibrateDevice(device=gate, certificate="ab" * 32, **times)
    rig.world.add(core, devices.calibrate_type, over)
    copy = StreamAuthor(cloned.author)
    first, second = (capture(rig.world, one, reading()).envelope for one in (cloned, copy))
    proof = devices.SuspendDevice.of(gate, first, second)
    rig.world.add(core, devices.suspend_type, proof)
    placed = devices.PlaceDevice(device="99.100.1/scanner-1", place="99.100.1/dock-1")
    rig.world.add(core, devices.place_type, placed)
    works = devices.ListFactory(organisation=core, ca="ab" * 32, name="Works")
    rig.world.add(core, devices.list_factory_type, works)
    enrol(rig.world, "99.100.1/gate-2")
    enrol(rig.world, "99.100.1/gate-3", replaces="99.100.1/gate-2")
    rig.as_administrator()
    assert "is in two hands" in rig.tab.value("document.querySelector('[role=alert]').innerText")
    rig.tab.look(browser.desktop_px)
    rig.tab.open(f"{rig.url}/devices?organisation={quote(core)}&lang=zh")
    rig.picture("states-zh")
    for width in (360, browser.phone_px, browser.desktop_px):
        for language in ("en", "zh"):
            for place in (
                f"/devices?organisation={quote(core)}&lang={language}",
                f"/scan/enrol?lang={language}",
            ):
                rig.tab.look(width, dark=language == "zh")
                rig.tab.open(rig.url + place)
                where = (place, width)
                assert rig.tab.complaints() == [], where
                assert rig.tab.value("document.documentElement.scrollWidth") == width, where
                assert rig.tab.value("document.querySelectorAll('h1').length") == 1, where
                unnamed = rig.tab.value(_unnamed)
                assert unnamed == [], where


_export = """
new Promise((resolve) => {
  const opening = indexedDB.open('tallystick-device', 1);
  opening.onsuccess = () => {
    const asked = opening.result.transaction('device').objectStore('device').get('this');
    asked.onsuccess = () => crypto.subtle.exportKey('jwk', asked.result.pair.privateKey)
      .then(() => resolve('exported'), (error) => resolve(error.name));
  };
})
"""
#: What a screen reader could not name.
_unnamed = """
[...document.querySelectorAll('button, input, select, a, img')].filter((one) => one.offsetParent)
  .filter((one) => !(one.textContent.trim() || one.ariaLabel || one.alt || one.labels?.length))
  .map((one) => one.outerHTML)
"""
