"""What officers do on pages, in a real Chromium: grades, remits, incidents and quotas, each signed by a passkey."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.app.pages import browser
from tests.app.signing.rig import Seat, Site, seat, served
from tests.identity.people.firm import first, found, node_officers
from tests.ledger.authenticator import Authenticator, plainly, write
from tests.ledger.world import core, key, node, supplier

from tallystick.identity import RevokeKey, incidents_of, pending_of
from tallystick.ledger import Reader

#: What of a page stands out to the right.
too_wide = """[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll')
  && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(e => e.outerHTML.slice(0, 120)).join(' | ')"""


@dataclass
class Room:
    site: Site
    seat: Seat
    officer: Authenticator
    operator: Authenticator
    warehouse: Authenticator

    def fill(self, form: str, fields: Mapping[str, str]) -> None:
        """A form of the page, named by a selector, and sent."""
        at = f"document.querySelector({form!r})"
        self.seat.until(f"{at} !== null")
        for name, value in fields.items():
            self.seat.tab.value(f"{at}.elements[{name!r}].value = {value!r}")
        # The page that comes next does not know of this mark.
        self.seat.tab.value(f"window.before = true; {at}.requestSubmit()")

    def signed(self, then: str) -> None:
        self.seat.sign()
        self.seat.until(f"location.pathname === {then!r} && window.before !== true")

    def waiting(self, organisation: str) -> list[dict[str, Any]]:
        with self.site.world.reader.open() as snapshot:
            own = Reader.party(organisation)
            return pending_of(snapshot.view, own, organisation, only_open=True)

    def look(self, name: str, path: str) -> str:
        """What the page says; as pictures where somebody wants to look at it."""
        wanted = os.environ.get("TALLYSTICK_TEST_PICTURES")
        for language in ("zh", "en"):
            for width in (browser.phone_px, browser.desktop_px):
                self.seat.tab.look(width)
                mark = "&" if "?" in path else "?"
                self.seat.tab.open(f"{self.seat.site}{path}{mark}lang={language}")
                self.seat.until("document.readyState === 'complete'")
                assert self.seat.tab.value(too_wide) == ""
                if wanted:
                    self.seat.tab.picture(Path(wanted) / f"{name}-{language}-{width}.png")
        return str(self.seat.tab.value("document.querySelector('main').innerText"))


def only_passkey(site: Site, person: str) -> Authenticator:
    """With keys of two suites a person would sign everything with both."""
    made = site.passkey(person, person, 320)
    gone = RevokeKey(key=f"300:{person}", reason="replaced")
    signers = [plainly(key(f"300:{person}")), made.sign]
    site.world.append([write(site.world.author(person), "identity.key.revoke/1", gone, signers)])
    return made


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("overseeing")
    with served(home, f"sqlite:///{home / 'ledger.sqlite3'}") as site, seat(site.url) as at:
        found(site.world)
        one, _ = node_officers(site.world)
        worker = site.person(first, core, "99.100/P-READS0000000", "warehouse")
        yield Room(site, at, only_passkey(site, first), only_passkey(site, one), worker)


raised = '[data-sign="identity.grade.raise/1"]'
proposal = 'form[data-sign="identity.propose/1"]'


def test_one_person_raises_a_grade_and_two_lower_it(room: Room) -> None:
    at, thing = room.seat, "type:finance.order/1"
    at.login(room.officer, "/grades")
    assert "None: all of it is as declared" in room.look("grades-none", "/grades")
    room.fill(raised, {"/thing": thing, "/grade": "core", "/reason": "contract"})
    assert thing in at.shown()
    room.signed("/grades")
    assert f"{thing}\n" in at.tab.value("document.querySelector('main').innerText")
    # A reason is asked for before anything is drafted.
    room.fill(proposal, {"/what/thing": thing, "/what/grade": "restricted", "/what/reason": ""})
    assert at.tab.value(f"document.querySelector('{proposal}').checkValidity()") is False
    room.fill(proposal, {"/what/thing": thing, "/what/grade": "partner", "/what/reason": "expired"})
    room.signed("/pending")
    (waits,) = room.waiting(core)
    assert waits["what"] == {
        "kind": "lower-grade", "thing": thing, "grade": "partner", "reason": "expired"
    }  # fmt: skip
    told = room.look("pending-grade", "/pending")
    assert f"Lower the grade of {thing}" in told
    room.look("grades", "/grades")
    assert at.tab.complaints() == []


def test_who_only_reads_is_offered_no_act(room: Room) -> None:
    at = room.seat
    at.login(room.warehouse, "/incidents")
    for path in ("/grades", "/remits", "/incidents", "/organisations/" + supplier):
        at.tab.open(f"{at.site}{path}")
        at.until("document.readyState === 'complete'")
        assert at.tab.value("document.querySelectorAll('main form[data-sign]').length") == 0
    room.look("incidents-reader", "/incidents")


def test_a_node_tells_of_an_incident_and_of_its_end(room: Room) -> None:
    at = room.seat
    at.login(room.operator, "/incidents")
    room.fill(
        '[data-sign="identity.incident.tell/1"]',
        {
            "/what": "delay", "/since": "2026-01-01T08:00:00", "/audience": "members",
            "/concerns": core, "/text": "Checkpoints came late.",
        },
    )  # fmt: skip
    room.signed("/incidents")
    told = room.look("incidents", "/incidents")
    assert "Checkpoints came late." in told
    assert "not over" in told
    room.fill(
        ".card " + '[data-sign="identity.incident.tell/1"]', {"/until": "2026-01-01T09:30:00"}
    )
    room.signed("/incidents")
    with room.site.world.reader.open() as snapshot:
        (row,) = incidents_of(snapshot.view, Reader.party(core))
    assert (row["until"] > row["since"], len(row["notices"])) == (True, 2)
    assert row["concerns"] == [core]
    assert "No incident is open" in room.look("incidents-none", "/incidents")
    assert "Checkpoints came late." in room.look("incidents-past", "/incidents?past=true")


def test_a_quota_is_proposed_where_the_organisation_is_shown(room: Room) -> None:
    at = room.seat
    at.login(room.operator, "/organisations")
    at.tab.open(f"{at.site}/organisations/{supplier}?lang=en")
    at.until("document.getElementById('handles') !== null")
    at.tab.value("document.getElementById('handles').form.id = 'quota'")
    room.fill("#quota", {"/what/handles": "1200"})
    room.signed(f"/organisations/{supplier}")
    (waits,) = [one for one in room.waiting(node) if one["what"]["kind"] == "quota"]
    assert waits["what"] == {"kind": "quota", "organisation": supplier, "handles": 1200}
    assert "1,200 handles, any number of prefixes" in room.look("pending-quota", "/pending")
    room.look("organisation", f"/organisations/{supplier}")


def test_an_authorisation_is_handed_in_with_its_end(room: Room) -> None:
    at = room.seat
    at.login(room.officer, f"/organisations/{core}")
    choose = "(list, kind) => { list.value = kind; list.dispatchEvent(new Event('change')); }"
    for kind, asked in (("agent-authorisation", True), ("business-licence", False)):
        at.tab.value(f"({choose})(document.getElementById('kind'), {kind!r})")
        missing = at.tab.value("document.getElementById('ends').validity.valueMissing")
        assert missing is asked


def test_a_node_proposes_a_remit_over_those_it_verified(room: Room) -> None:
    at = room.seat
    at.login(room.operator, "/remits")
    fields = {
        "/what/to": supplier, "/what/role": "regulator", "/what/what/0/kind": "documents",
        "/what/over/organisations": core, "/what/until": "2099-12-31",
    }  # fmt: skip
    room.fill(proposal, fields)
    said = "document.querySelector('main form[data-sign=\"identity.propose/1\"] [role=status]').textContent"
    # The supplier is no regulator: the page says so before anybody signs.
    assert at.until(f"{said}.length > 20 && {said}")
    room.look("remits", "/remits")


def test_amounts_are_written_as_people_write_them(room: Room) -> None:
    at = room.seat
    at.login(room.officer, "/members")
    written = [
        ("1,234,567.8", "CNY", 123456780), ("0.05", "CNY", 5), ("12.340", "KWD", 12340), ("7", "JPY", 7),
        ("7.00", "JPY", 7), ("90071992547409.91", "CNY", 2**53 - 1), ("１２", "CNY", 1200),
        ("7.5", "JPY", None), ("1.005", "CNY", None), ("1,23", "CNY", None), ("-1", "CNY", None),
        ("90071992547409.92", "CNY", None), ("1e3", "CNY", None), ("", "CNY", None), ("1", "RMB?", None),
    ]  # fmt: skip
    for text, currency, minor in written:
        told = f"Money.minor({text!r}, Money.digits({currency!r})) ?? null"
        assert at.tab.value(told) == minor, (text, currency)
    shown = [(123456789, 2, "1,234,567.89"), (5, 2, "0.05"), (7, 0, "7"), (12340, 3, "12.340")]
    for minor, places, text in shown:
        assert at.tab.value(f"Money.text({minor}, {places})") == text


def test_tiers_are_proposed_in_decimal_amounts(room: Room) -> None:
    at = room.seat
    at.login(room.officer, "/members")
    form = "document.querySelector('[data-from-rows=tiers]').form"
    set_row = (
        "((row, told) => Object.entries(told).forEach(([name, value]) => {"
        " row.querySelector(`[data-as=${name}]`).value = value; }))"
    )
    for number, told in enumerate(
        ({"currency": "CNY", "above": "1,000,000.50"}, {"currency": "JPY", "above": "7.5"})
    ):
        rows = f"{form}.querySelectorAll('[data-row=tiers]')[{number}]"
        at.tab.value(f"{set_row}({rows}, {told!r})")
    at.tab.value(f"{form}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    # Yen have no decimals: the form says so, and nothing is sent.
    assert at.tab.value(f"{form}.checkValidity()") is False
    at.tab.value(f"{set_row}({form}.querySelectorAll('[data-row=tiers]')[1], {{above: '750000'}})")
    at.tab.value(f"{form}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    at.tab.value(f"{form}.id = 'tiers'; window.before = true; {form}.requestSubmit()")
    told = at.shown()
    assert "CNY 1,000,000.50" in told
    assert "JPY 750,000" in told
    room.signed("/pending")
    (waits,) = [one for one in room.waiting(core) if one["what"]["kind"] == "control"]
    assert [(one["currency"], one["above"]) for one in waits["what"]["tiers"]] == [
        ("CNY", 100000050), ("JPY", 750000),
    ]  # fmt: skip
