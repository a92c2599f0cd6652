"""Keys replaced in two Chromiums: passkey by a key in the browser, and that one by a passkey again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.app.joining.test_in_chromium import Rig, authenticator, picture, serving
from tests.app.login.test_in_chromium import credential_of
from tests.app.pages import browser
from tests.conftest import missing
from tests.identity.people.firm import first, maker
from tests.ledger.authenticator import Authenticator, plainly, write
from tests.ledger.world import key

from tallystick.identity import AddKey, RevokeKey, WebAuthn
from tallystick.ledger import P256

submits_max = 5
waits = "document.querySelector('#rotations [data-part=own] .digits')"
form = "[...document.querySelectorAll('form[data-rotate]')].find(f => f.dataset.old === {!r})"


def passkey_of(rig: Rig, tab: browser.Tab, person: str) -> None:
    """In this browser, registered, and the only key that the person has."""
    own = Authenticator(key(f"320:{person}", P256), "localhost", rig.site)
    body = AddKey(
        key=own.signing.keyid, jwk=own.signing.private.public.jwk(), custody="self", types=("*",),
        webauthn=WebAuthn(rp_id="localhost", origin=rig.site),
    )  # fmt: skip
    signers = [plainly(key(f"300:{person}")), own.sign]
    rig.world.append([write(rig.world.author(person), "identity.key.add/1", body, signers)])
    gone = RevokeKey(key=f"300:{person}", reason="replaced")
    rig.world.append([write(rig.world.author(person), "identity.key.revoke/1", gone, signers)])
    known = authenticator(tab)
    tab.call("WebAuthn.addCredential", authenticatorId=known, credential=credential_of(own, person))


def replace(rig: Rig, old: str, kind: str) -> None:
    """On the page of whoever owns the key; `kind`: of the new one."""
    tab, at = rig.guest, form.format(old)
    tab.until(f"{at} !== undefined")
    tab.value(f"{at}.closest('details').open = true")
    tab.value(f"{at}.querySelector('[value={kind}]').click()")
    picture(tab, f"replace-by-{kind}")
    submit(tab, at, "246810" if kind == "browser" else "")
    if kind == "passkey":
        tab.value("document.querySelector('#signing [data-part=pin] input').value = '246810'")
    picture(tab, f"replace-signing-{kind}")
    tab.value("document.querySelector('dialog.signing form').requestSubmit()")
    tab.until(f"{waits} && {waits}.innerText !== ''")
    picture(tab, f"replace-waits-{kind}")


def submit(tab: browser.Tab, at: str, pin: str) -> None:
    """Until the dialog is there; as the page says, once more where the browser's storage was silent."""
    opened = "document.querySelector('dialog.signing').open"
    silent = f"{at}.querySelector('[role=status]').innerText.includes('does not answer')"
    for _ in range(submits_max):
        tab.value(f"{at}.elements.pin.value = {pin!r}")
        tab.value(f"{at}.requestSubmit()")
        tab.until(f"{opened} || {silent}")
        if tab.value(opened):
            return
    raise AssertionError("the browser's storage stays silent")


def countersign(rig: Rig) -> None:
    """By the officer, who sees the same digits."""
    digits = rig.guest.value(f"{waits}.innerText")
    rig.go(rig.officer, "/pending?lang=en")
    here = "document.querySelector('#rotations [data-part=others] .digits')"
    rig.officer.until(f"{here} && {here}.innerText === {digits!r}")
    picture(rig.officer, "countersign")
    rig.officer.value("document.querySelector('#rotations [name=same]').click()")
    rig.officer.value("document.querySelector('#rotations form').requestSubmit()")
    rig.signs(rig.officer, "identity.key.rotate/1")
    rig.officer.until(
        "document.querySelector('#rotations [data-part=said]').innerText.includes('#')"
    )


def row(rig: Rig, index: int) -> Any:
    with rig.world.reader.open() as snapshot:
        return snapshot.view.get("key", maker, str(index))


def test_a_passkey_is_replaced_and_what_came_in_its_place_is_too(tmp_path: Path) -> None:
    if browser.find() is None:
        missing("a Chromium, for tests of pages (apt-get install chromium)")
    with serving(tmp_path) as rig:
        rig.guest.look(browser.phone_px)
        passkey_of(rig, rig.guest, maker)
        assert rig.log_in(rig.officer) == first
        assert rig.log_in(rig.guest) == maker
        replace(rig, f"320:{maker}", "browser")
        assert row(rig, 321) is None
        countersign(rig)
        assert row(rig, 320)["replaced_by"] == f"321:{maker}"
        assert "webauthn" not in row(rig, 321)
        # The session of the old key is over; the page says so by itself, and the new key logs in.
        rig.guest.until("document.body.innerText.includes('Log in to see your keys')")
        rig.go(rig.guest, "/login?lang=en&next=/keys")
        rig.guest.until("!document.querySelector('form.browser-keys').hidden")
        rig.guest.value("document.querySelector('form.browser-keys [name=pin]').value = '246810'")
        rig.guest.value("document.querySelector('form.browser-keys').requestSubmit()")
        rig.guest.until(f"{form.format(f'321:{maker}')} !== undefined")
        # The passkey that was replaced lies in the authenticator still; the new one does not take its place there.
        replace(rig, f"321:{maker}", "passkey")
        countersign(rig)
        assert row(rig, 321)["replaced_by"] == f"322:{maker}"
        assert row(rig, 322)["webauthn"]["rp_id"] == "localhost"
        assert rig.guest.value("document.documentElement.scrollWidth") == browser.phone_px
        assert rig.officer.complaints() == []
