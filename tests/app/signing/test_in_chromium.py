"""People sign entries on pages: by passkey, by a key in the browser, on another device, by two keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.app.pages import browser
from tests.app.signing.rig import Seat, Site, seat, served
from tests.identity.people.firm import code
from tests.ledger.authenticator import Authenticator
from tests.ledger.world import core, supplier

from tallystick.identity import FoundOrganisation

first, second = "99.100/P-OFFICER00001", "99.100/P-OFFICER00002"


@dataclass
class Firm:
    site: Site
    seat: Seat
    first: Authenticator
    second: Authenticator


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """The core enterprise, founded by two officers who have nothing but passkeys; one for all these tests."""
    home = tmp_path_factory.mktemp("signing")
    with served(home, f"sqlite:///{home / 'ledger.sqlite3'}") as site, seat(site.url) as at:
        one = site.person(core, core, first, "administrator")
        two = site.person(core, core, second, "security-administrator")
        body = FoundOrganisation(organisation=core)
        assert code(site.world, core, "organisation.found", body) == "accepted"
        yield Firm(site, at, one, two)


def worker(person: str) -> dict[str, str]:
    return {"/person": person, "/organisation": core, "/roles/0": "warehouse"}


def test_a_passkey_signs_what_the_dialog_shows(firm: Firm) -> None:
    fresh = "99.100/P-FRESH0000001"
    at = firm.seat
    at.login(firm.first)
    at.offer("identity.person.add/1", worker(fresh))
    told = at.shown()
    assert fresh in told
    assert "Register a person" in told
    assert "warehouse" in told
    assert firm.site.world.origin in told
    at.tab.look(browser.phone_px)
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    at.sign()
    at.acted()
    assert at.tab.complaints() == []
    with firm.site.world.reader.open() as snapshot:
        entry = snapshot.recent(limit=5)
        made = next(one for one in entry if one.type == "identity.person.add/1")
        assert snapshot.view.get("person", fresh) is not None
    assert made.author == first


def test_a_browser_whose_storage_stays_silent_signs_by_passkey(firm: Firm) -> None:
    """It waited for ever for keys that the browser might keep, and the dialog never opened."""
    fresh = "99.100/P-FRESH0000009"
    at = firm.seat
    at.login(firm.first)
    at.tab.value("IDBFactory.prototype.open = () => ({})")
    at.offer("identity.person.add/1", worker(fresh))
    assert fresh in at.shown()
    at.sign()
    at.acted()
    with firm.site.world.reader.open() as snapshot:
        assert snapshot.view.get("person", fresh) is not None


def test_a_refusal_comes_before_anybody_signs(firm: Firm) -> None:
    fresh = "99.100/P-FRESH0000002"
    at = firm.seat
    at.login(firm.first)
    at.offer("identity.person.add/1", {**worker(fresh), "/roles/0": "maker"})
    said = at.until(
        "document.querySelector('#act [role=status]').textContent.includes('second person')"
    )
    assert said
    assert at.tab.value("document.querySelector('dialog#signing[open]')") is None
    # The page is as it was, and the button can be pressed again.
    assert not at.tab.value("document.querySelector('#act button').disabled")
    at.offer("identity.person.add/1", {**worker(fresh), "/roles/0": "nothing"})
    at.until("document.querySelector('#act [role=status]').textContent.length > 30")
    at.offer("identity.person.add/1", {**worker(fresh), "/organisation": supplier})
    at.until("document.querySelector('#act [role=status]').textContent.length > 30")


def test_nobody_drafts_who_is_not_logged_in(firm: Firm) -> None:
    at = firm.seat
    at.leave()
    at.tab.open(f"{firm.site.url}/log")
    answer = at.done(
        "fetch('/v1/drafts', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
        "body: JSON.stringify({type: 'identity.person.leave/1', body: {}})}).then((one) => one.status)"
    )
    assert answer == 403
    at.login(firm.first)
    # Nor for somebody else.
    told = (
        "Signing.draft('identity.person.leave/1', {person: '%s', reason: 'left'}, {author: '%s'})"
        ".then(() => '', (error) => error.code)"
    )
    assert at.done(told % (second, second)) == "draft-not-yours"


def test_a_draft_that_says_something_else_is_not_shown(firm: Firm) -> None:
    """A node that drafts another act than the page asked for gets no signature."""
    fresh = "99.100/P-FRESH0000003"
    at = firm.seat
    at.login(firm.first)
    at.tab.value(
        "const honest = Tally.ask; Tally.ask = async (method, path, told) => path === '/v1/drafts' ? "
        "honest(method, path, {...told, body: {...told.body, person: '99.100/P-ANOTHER000000'}}) : honest(method, path, told)"
    )
    at.offer("identity.person.add/1", worker(fresh))
    at.until("document.querySelector('#act [role=status]').textContent.includes('something else')")


def test_a_key_in_the_browser_signs_by_its_pin(firm: Firm) -> None:
    fresh = "99.100/P-FRESH0000004"
    at, world = firm.seat, firm.site.world
    at.leave()
    at.tab.open(f"{firm.site.url}/login?lang=en")
    assert at.done("BrowserKey.make('12345').catch((error) => error.code)") == "pin-short"
    made = at.done("BrowserKey.make('246810')")
    reference = f"330:{fresh}"
    at.login(firm.first)
    at.offer("identity.person.add/1", worker(fresh))
    at.sign()
    at.acted()
    # The new key signs its own registration, in the same browser.
    jwk = "{" + ", ".join(f"{name}: '{value}'" for name, value in made["jwk"].items()) + "}"
    at.done(
        "(async () => {"
        f"const body = {{key: '{reference}', jwk: {jwk}, custody: 'self', types: ['*']}};"
        "const draft = await Signing.draft('identity.key.add/1', body);"
        "const own = await Signing.sign(draft, draft.keys[0].reference);"
        f"const sig = await BrowserKey.sign('{made['id']}', Tally.pae(draft.payload), '246810');"
        f"await Signing.send(draft, [own, {{keyid: '{reference}', sig: Tally.base64(sig)}}]);"
        f"await BrowserKey.name('{made['id']}', '{reference}');"
        "})()"
    )
    at.leave()
    at.tab.open(f"{firm.site.url}/login?lang=en")
    at.until("!document.querySelector('form.browser-keys').hidden")
    pin = "document.querySelector('form.browser-keys [name=pin]').value = '%s';"
    press = "document.querySelector('form.browser-keys button').click()"
    at.tab.value(pin % "000000" + press)
    at.until("document.querySelector('form.browser-keys [role=status]').textContent.includes('4')")
    at.tab.value(pin % "246810" + press)
    at.until("location.pathname === '/'")
    at.until(f"document.querySelector('.who')?.innerText === '{fresh}'")

    at.offer("identity.person.leave/1", {"/person": fresh, "/reason": "left"})
    assert "Key in this browser" in at.shown()
    assert not at.tab.value("document.querySelector('#signing [data-part=pin]').hidden")
    at.tab.value("document.querySelector('#signing [data-part=pin] input').value = '246810'")
    at.sign()
    at.acted()
    with world.reader.open() as snapshot:
        left = snapshot.view.get("person", fresh)
    assert left is not None
    assert "left" in left


def test_a_pin_is_tried_five_times(firm: Firm) -> None:
    at = firm.seat
    at.leave()
    at.tab.open(f"{firm.site.url}/login?lang=en")
    made = at.done("BrowserKey.make('246810')")
    attempt = (
        f"BrowserKey.sign('{made['id']}', new Uint8Array(1), '%s')"
        ".then(() => 'signed', (error) => error.code)"
    )
    assert at.done(attempt % "246810") == "signed"
    assert [at.done(attempt % "111111") for _ in range(5)] == ["pin-wrong"] * 4 + ["pin-over"]
    assert at.done(attempt % "246810") == "key-not-here"
    # At rest there is nothing that signs without the PIN.
    kept = at.done("BrowserKey.make('135790').then(() => BrowserKey.list())")
    assert all(set(one) == {"id", "reference", "jwk", "played"} for one in kept)
    assert not any("d" in one["jwk"] for one in kept)


def test_a_phone_signs_what_a_computer_without_a_passkey_drafted(firm: Firm) -> None:
    fresh = "99.100/P-FRESH0000005"
    desktop, world = firm.seat, firm.site.world
    desktop.login(firm.first)
    desktop.holds()
    with seat(firm.site.url) as phone:
        phone.tab.look(browser.phone_px)
        phone.holds(firm.first)
        desktop.offer("identity.person.add/1", worker(fresh))
        desktop.shown()
        desktop.tab.value(
            "[...document.querySelectorAll('#signing input[type=radio]')].at(-1).click()"
        )
        desktop.sign()
        address = desktop.until(
            "document.querySelector('#signing .code:not([hidden]) code')?.textContent"
        )
        assert address.startswith(f"{firm.site.url}/sign#t=")
        phone.tab.open(address)
        told = phone.shown()
        assert phone.tab.value("location.hash") == ""
        assert fresh in told
        assert "Another device" not in told
        assert phone.tab.value("document.documentElement.scrollWidth") == browser.phone_px
        phone.sign()
        phone.until("document.getElementById('sign').dataset.state === 'signed'")
        desktop.acted()
        # The code is used up.
        phone.tab.open("about:blank")
        phone.tab.open(address)
        phone.until(
            "document.getElementById('sign-status').textContent.includes('nothing to sign')"
        )
    with world.reader.open() as snapshot:
        assert snapshot.view.get("person", fresh) is not None


def test_another_persons_passkey_does_not_sign_a_handed_over_draft(firm: Firm) -> None:
    at = firm.seat
    at.login(firm.first)
    at.holds(firm.second)
    jwk = json.dumps(firm.second.signing.private.public.jwk())
    told = at.done(
        "(async () => {"
        f"const draft = await Signing.draft('identity.person.suspend/1', {{person: '{second}', reason: 'absent'}});"
        "const made = await Tally.ask('POST', '/v1/handovers', draft.bytes);"
        "const token = made.address.split('#t=')[1];"
        "const honest = await Signing.sign(draft, draft.keys[0].reference).catch((error) => error.code);"
        "if (honest !== 'foreign-passkey') return honest;"
        # A page that lies to itself about whose key that is.
        f"const keys = [{{...draft.keys[0], jwk: {jwk}}}];"
        "const signature = await Signing.sign({...draft, keys}, keys[0].reference);"
        "return Tally.ask('POST', '/v1/handovers/signature', {token, signature}).catch((error) => error.code);"
        "})()"
    )
    assert told == "hand-over-signature-wrong"
