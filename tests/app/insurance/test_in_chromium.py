"""Insurance on its pages in a real Chromium, by keyboard, in both languages: from the terms of a cover to the payment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.app.insurance.house import (
    House,
    claimed,
    held,
    house,
    insured,
    insurer,
    loss,
    own,
    short,
)
from tests.app.matching.office import maker as core_maker
from tests.app.signing.rig import Seat, seat
from tests.app.signing.test_by_keyboard import focused, from_the_top, go_to
from tests.app.signing.test_confirming import choose
from tests.ledger.authenticator import Authenticator
from tests.ledger.world import core

from tallystick.identity import Role
from tallystick.ledger import instant

hour_ms = 3_600_000


@dataclass
class Desks:
    """One browser, at which the people of insurer and insured sit down in turn."""

    place: House
    seat: Seat
    passkeys: dict[str, Authenticator] = field(default_factory=dict)

    def sit(self, role: Role, organisation: str, page: str, lang: str) -> None:
        """Somebody of this role, who has nothing but a passkey."""
        person = organisation.replace("/O-", f"/P-W{role[0].upper()}", 1)
        if person not in self.passkeys:
            self.passkeys[person] = self.place.site.person(organisation, organisation, person, role)
            self.place.site.world.ledger.seal()
        self.seat.login(self.passkeys[person], page)
        self.seat.tab.open(f"{self.place.site.url}{page}?lang={lang}")
        self.seat.until("document.readyState === 'complete'")

    def fill(self, entry_type: str, **values: str) -> None:
        """Fields of the form, by the last word of their names."""
        for name, value in values.items():
            found = f'document.querySelector(\'form[data-sign="{entry_type}"] [name$="/{name}"]\')'
            self.seat.tab.value(f"{found}.value = {value!r}")

    def act(self, entry_type: str, *says: str, opens: bool = False) -> None:
        """By Tab and Enter alone: open the form, send it, read what will be signed, sign it."""
        form = f'form[data-sign="{entry_type}"]'
        from_the_top(self.seat)
        if opens:
            go_to(self.seat, f"details:has({form}) > summary")
            self.seat.tab.press("Enter")
        go_to(self.seat, f"{form} button[type=submit]")
        self.seat.tab.press("Enter")
        shown = self.seat.shown()
        for said in says:
            assert said in shown
        # What comes next has the focus.
        assert focused(self.seat, "#signing [data-part=sign]")
        self.seat.tab.press("Enter")
        self.seat.until("document.querySelector('dialog#signing[open]') === null")
        self.seat.until("document.readyState === 'complete'")

    def text(self) -> str:
        return str(self.seat.tab.value("document.querySelector('main').innerText"))

    def linked(self, beginning: str) -> str:
        """The path of the first link of the page that begins so."""
        found = f"document.querySelector('main a[href^=\"{beginning}\"]')"
        self.seat.until(f"{found} !== null")
        return str(self.seat.tab.value(f"{found}.pathname"))


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    home = tmp_path_factory.mktemp("insurance-pages")
    with house(home, f"sqlite:///{home / 'ledger.sqlite3'}") as place, seat(place.site.url) as at:
        yield Desks(place, at)


def test_from_the_terms_of_a_cover_to_the_payment(desks: Desks, tmp_path: Path) -> None:
    place = desks.place
    name = place.confirmed()
    quoted = place.quote(name, insured, held)
    assert place.answer(place.taking(quoted)) == "accepted"
    place.until("2026-01-12")
    place.disburse(quoted, insured)
    cover = _covered(desks, name)
    place.until("2026-07-01")
    place.pays(name, short)
    place.until("2026-07-04")
    place.block(name)
    notice = _noticed(desks, cover, name)
    place.until("2026-07-22")
    place.block(name)
    _claimed(desks, notice)
    _decided(desks, notice)
    _paid(desks, notice, tmp_path)
    told = place.of_certificate(name, core_maker)["claims"]
    assert told[insurer]["due"] == claimed
    assert told[insured]["due"] - told[insured]["paid"] == own
    place.audit()


def _covered(desks: Desks, name: str) -> str:
    """Proposed in Chinese, approved in English by another person, accepted and declared under by the insured."""
    propose = "finance.insurance.propose/1"
    desks.sit("maker", insurer, "/insurance", "zh")
    assert "保险人赔付部分的追索权" in str(desks.seat.tab.value("document.body.textContent"))
    desks.fill(
        propose, insured=insured, debtor=core, limit="3,133,671.78", valid_from="2026-01-12",
        expires_on="2026-12-31", grace_days="10", waiting_days="20", payment_days="15", recourse="passes",
    )  # fmt: skip
    desks.act(propose, opens=True)
    page = desks.linked("/insurance/covers/")
    desks.sit("checker", insurer, page, "en")
    assert "passes to the insurer" in desks.text()
    desks.act("finance.insurance.approve/1", "313367178")
    desks.sit("maker", insured, page, "zh")
    desks.act("finance.insurance.answer/1")
    desks.seat.until(
        "document.querySelector('form[data-sign=\"finance.insurance.declare/1\"]') !== null"
    )
    declare = "finance.insurance.declare/1"
    desks.fill(declare, certificate=name, amount="3,133,671.78")
    desks.act(declare, "3,133,671.78", opens=True)
    desks.seat.until(f"document.querySelector('main').innerText.includes({name!r})")
    with desks.place.site.world.reader.open() as snapshot:
        row = snapshot.view.get("insurance-cover", page.rpartition("/")[2])
    assert row is not None
    assert (row["status"], row["recourse"]) == ("in-force", "passes")
    return page


def _noticed(desks: Desks, cover: str, name: str) -> str:
    notice = "finance.insurance.notice/1"
    desks.sit("maker", insured, cover, "en")
    desks.fill(notice, certificate=name)
    desks.act(notice, name, opens=True)
    return desks.linked("/insurance/notices/")


def _claimed(desks: Desks, page: str) -> None:
    desks.sit("maker", insured, page, "zh")
    assert "348,185.75" in desks.text()
    desks.act("finance.insurance.claim/1", str(claimed))
    desks.seat.until("document.querySelector('#claim') !== null")
    assert loss - claimed == own


def _decided(desks: Desks, page: str) -> None:
    desks.sit("maker", insurer, page, "en")
    desks.act("finance.insurance.decide/1")
    desks.sit("checker", insurer, page, "zh")
    desks.act("finance.insurance.decide.approve/1", str(claimed))
    desks.seat.until(
        "document.querySelector('form[data-sign=\"finance.insurance.decide.approve/1\"]') === null"
    )


def _paid(desks: Desks, page: str, folder: Path) -> None:
    paid, record = "finance.insurance.paid/1", folder / "record.pdf"
    record.write_bytes(b"%PDF-1.7\nwhat the bank says of the payment")
    desks.sit("maker", insurer, page, "en")
    assert "Accepted: the insurer is to pay" in desks.text()
    now = instant(desks.place.site.world.clock.now_ms() - hour_ms)[:16]
    desks.fill(paid, paid_at=now)
    choose(desks.seat, f"form[data-sign='{paid}'] input[type=file]", record)
    desks.act(paid)
    desks.seat.until(f"document.querySelector('form[data-sign=\"{paid}\"]') === null")
    desks.sit("maker", insured, page, "en")
    assert "Paid: the insurer holds these units" in desks.text()
    assert desks.seat.tab.complaints() == []
