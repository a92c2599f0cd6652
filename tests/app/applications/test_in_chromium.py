"""A firm applies on a phone, two officers of the node admit it by passkeys, and its first person logs in."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.pages import browser
from tests.app.pages.faces import Look
from tests.app.signing.rig import Seat, Site, seat, served
from tests.identity.organisations.newcomer import number as credit_code
from tests.identity.people.firm import code
from tests.ledger.world import node

from tallystick.identity import FoundOrganisation
from tallystick.ledger import SystemClock

first, second = "99/P-OFFICER00001", "99/P-OFFICER00002"


class Office:
    """The node's two officers, and a browser at which everybody sits down in turn."""

    def __init__(self, site: Site, at: Seat) -> None:
        self.site, self.at = site, at
        # Drafts are rehearsed by the wall clock.
        site.world.clock.advance(SystemClock().now_ms() - site.world.clock.now_ms())
        site.world.ledger.seal()
        self.first = site.person(node, node, first, "administrator")
        self.second = site.person(node, node, second, "security-administrator")
        body = FoundOrganisation(organisation=node)
        assert code(site.world, node, "organisation.found", body) == "accepted"

    def press(self, selector: str) -> None:
        self.at.tab.value(f"document.querySelector({selector!r}).click()")

    def fill(self, form: str, **values: str) -> None:
        for name, value in values.items():
            self.at.tab.value(f"document.querySelector('{form}').elements.{name}.value = {value!r}")

    def own_authenticator(self) -> str:
        """An empty one, in which new passkeys are made."""
        self.at.holds()
        return self.at._authenticator

    def paper(self, kind: str, ends: str, file: Path) -> None:
        before = self.at.tab.value("document.querySelectorAll('#papers .cards li').length")
        chosen = "document.getElementById('kind').dispatchEvent(new Event('change'))"
        self.fill("#paper", kind=kind, ends="")
        self.at.tab.value(chosen)
        # The form asks for the end of what must have one, and of nothing else.
        asked = self.at.tab.value("!document.getElementById('ends').checkValidity()")
        assert asked is (kind == "agent-authorisation")
        self.fill("#paper", ends=ends)
        found = self.at.tab.call("Runtime.evaluate", expression="document.querySelector('#file')")
        self.at.tab.call(
            "DOM.setFileInputFiles", files=[str(file)], objectId=found["result"]["objectId"]
        )
        self.press("#paper button")
        self.at.until(f"document.querySelectorAll('#papers .cards li').length === {before} + 1")
        self.at.until("!document.getElementById('ends').required")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    with served(tmp_path, url) as site, seat(site.url) as at:
        yield Office(site, at)


def _applied(office: Office, tmp_path: Path) -> tuple[str, str, str]:
    """All of the application, on a phone; its address, the first person's handle, and the authenticator."""
    at, file = office.at, tmp_path / "licence.pdf"
    file.write_bytes(b"%PDF-1.7 a licence")
    at.leave()
    at.tab.look(browser.phone_px)
    at.tab.open(f"{office.site.url}/apply?lang=zh")
    assert "申请" in at.tab.value("document.querySelector('h1').innerText")
    at.tab.open(f"{office.site.url}/apply?lang=en")
    at.until("!document.querySelector('#begin').hidden")
    office.press("#begin-form button")
    at.until("!document.querySelector('#form').hidden")
    address = str(at.tab.value("location.href"))
    assert address.partition("#")[2].startswith("n=A-")
    # A number that fails its check is refused where it was typed, and the way goes on from there.
    office.fill(
        "#who",
        zh="新来电子有限公司",
        scheme="uscc",
        number=credit_code[:-1] + "0",
        bank_code="999999900019",
        contact="a@b.example",
    )
    office.press("#who [value=supplier]")
    office.press("#who button")
    at.until("document.querySelector('#who [role=status]').textContent.includes('number')")
    # The browser says of itself that it was refused.
    assert at.tab.complaints()
    at.tab.events.clear()
    office.fill("#who", number=credit_code)
    office.press("#who button")
    at.until("document.querySelector('#who [role=status]').textContent === 'Saved.'")
    for kind, ends in (
        ("business-licence", ""), ("legal-representative", ""), ("beneficial-owner", ""),
        ("agent-authorisation", "2039-01-01"), ("bank-account", ""),
    ):  # fmt: skip
        office.paper(kind, ends, file)
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    known = office.own_authenticator()
    for slot in (0, 1):
        office.press(f"[data-slot='{slot}'] [data-part=make]")
        at.until(f"!document.querySelector(\"[data-slot='{slot}'] [data-part=made]\").hidden")
    assert (
        at.tab.value("document.querySelector('[data-part=missing]').innerText")
        == "Nothing is missing."
    )
    office.press("#end [data-part=submit]")
    at.until("document.querySelector('[data-part=state]').innerText === 'Handed in'")
    person = at.tab.value(
        "document.querySelector(\"[data-slot='0'] [data-part=person]\").textContent"
    )
    assert at.tab.complaints() == []
    return address, str(person), known


def test_from_a_phone_to_the_first_login(office: Office, tmp_path: Path) -> None:
    at = office.at
    address, person, known = _applied(office, tmp_path)
    number = address.partition("#n=")[2].partition("&")[0]
    made = at.tab.call("WebAuthn.getCredentials", authenticatorId=known)["credentials"]
    assert len(made) == 2
    # The first officer looks at it and proposes; the second decides.
    at.tab.look(browser.desktop_px)
    at.login(office.first, "/applications")
    told = at.tab.value("document.body.innerText")
    assert "新来电子有限公司" in told
    assert number in told
    at.tab.open(f"{office.site.url}/applications/{number}?lang=en")
    assert "Business licence" in at.tab.value("document.body.innerText")
    at.until("document.readyState === 'complete'")
    assert Look(at.tab, office.site.url, {}).faults() == []
    office.press("#propose button")
    assert credit_code in at.shown()
    at.sign()
    at.until("document.body.innerText.includes('Somebody else has to decide')")
    at.login(office.second, f"/applications/{number}")
    office.press("form[data-sign] button[value=approve]")
    at.sign()
    at.until("document.querySelector('.flag')?.innerText === 'Admitted'")
    assert at.tab.complaints() == []
    # The firm sees it on its own page, and its first person comes in by the passkey made there.
    at.leave()
    at.tab.look(browser.phone_px)
    at.tab.open(address)
    at.until("!document.querySelector('[data-part=admitted]').hidden")
    known = office.own_authenticator()
    one = next(row for row in made if base64.b64decode(row["userHandle"]).decode() == person)
    at.tab.call("WebAuthn.addCredential", authenticatorId=known, credential=one)
    at.tab.open(f"{office.site.url}/login?lang=en&next=/log")
    at.until("document.readyState === 'complete'")
    office.press("form.login button")
    at.until("location.pathname === '/log'")
    at.until(f"document.querySelector('.who')?.innerText === '{person}'")
