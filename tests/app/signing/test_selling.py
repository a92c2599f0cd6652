"""A bank tells the debtor of what it bought and sells a part of it, and two officers publish a calendar, in Chromium."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pymupdf
import pytest
from tests.app.signing.invoiced import Invoiced, invoiced
from tests.app.signing.rig import Seat, seat
from tests.app.signing.test_confirming import Room, _say, choose, confirmed, press

from tallystick import finance
from tallystick.app.access import Reading
from tallystick.app.demo import cast, days, goods
from tallystick.app.organisations import NewOrganisation, register_organisation
from tallystick.app.papers import gather
from tallystick.finance import papers
from tallystick.ledger import Reader, instant
from tallystick.scanners import system_font

amount = 20_000_000


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("selling")
    with invoiced(home, f"sqlite:///{home / 'ledger.sqlite3'}") as place, seat(place.url) as at:
        yield Room(place, at)


@pytest.fixture(scope="module")
def other_bank(room: Room) -> str:
    new = NewOrganisation({"en": "Second Demo Bank", "zh": "演示第二银行"}, "bank")
    return register_organisation(room.place.node, room.place.ledger, new)


@pytest.fixture(scope="module")
def financed(room: Room, other_bank: str) -> str:
    """The certificate, of which the bank has bought a part that the holder has been paid for."""
    place, seller, bank = room.place, goods.maker, cast.bank
    name = confirmed(room)
    accept = finance.CertificateAccept(certificate=name)
    _say(place, seller.maker, "finance.certificate.accept/1", accept)
    now, today = instant(place.clock.now_ms()), instant(place.clock.now_ms())[:10]
    terms = finance.discounted(finance.DiscountTerms(amount, 43_000, today, "2026-07-10"))
    body = finance.Quote(
        certificate=name, holder=seller.handle, amount=amount, rate_ppm=43_000, value_on=today,
        due_on="2026-07-10", days=terms.days, discount=terms.discount, net=terms.net,
    )  # fmt: skip
    offered = _say(place, bank.maker, "finance.quote/1", body)
    told = {"certificate": name, "holder": seller.handle, "number": "CX-7"}
    search = finance.Search(**told, evidence="1" * 64, searched_at=now)
    _say(place, bank.maker, "finance.search/1", search)
    _say(place, seller.maker, "finance.quote.accept/1", finance.QuoteAccept(quote=offered))
    registration = finance.Registration(number="ZDW-7", ends_on="2028-12-31")
    instruct = finance.Instruct(
        quote=offered, registration=registration, reference="E2E-7", sent_at=now
    )
    _say(place, bank.checker, "finance.instruct/1", instruct)
    paid = finance.Disburse(quote=offered, amount_minor=terms.net, evidence="2" * 64, paid_at=now)
    _say(place, bank.checker, "finance.disburse/1", paid)
    receive = finance.DisburseAnswer(quote=offered)
    _say(place, seller.maker, "finance.disburse.receive/1", receive)
    place.ledger.seal()
    return name


def opened(room: Room, name: str) -> None:
    room.seat.tab.open(f"{room.place.url}/certificates/{quote(name, safe='')}?lang=en")
    room.seat.until("document.readyState === 'complete'")


def words(place: Invoiced, name: str, language: papers.Language, reader: str) -> str:
    """The notice of the one assignment, as an organisation prints it."""
    with place.node.reader.open() as snapshot:
        reading = Reading(snapshot, Reader.party(reader))
        view = finance.views.certificate(reading, name)
        (hop,) = [one.hop for one in gather.available(view) if one.kind == "notice"]
        data = gather.made(reading, name, "notice", language, place.url, hop)
    with pymupdf.open(stream=data) as document:
        return re.sub(r"\s", "", "".join(page.get_text() for page in document))


def noticed(at: Seat) -> list[str]:
    """Where notices of assignments lead whoever is logged in, of those that wait for it."""
    told = "(told) => told.notices.filter((one) => one.kind === 'assignment-noticed' && one.waits).map((one) => one.link)"
    found = at.done(f"Tally.ask('GET', '/v1/notices').then({told}).then(JSON.stringify)")
    return list(json.loads(str(found)))


@pytest.mark.skipif(system_font() is None, reason="no font here writes Chinese")
def test_the_debtor_is_told_and_acknowledges(room: Room, financed: str) -> None:
    at, place, bank = room.seat, room.place, cast.bank
    at.login(place.passkey(cast.core.maker, 331), "/certificates")
    opened(room, financed)
    # Nobody told it: it sees neither the assignment nor a paper of it.
    assert "Acknowledge" not in at.tab.value("document.body.innerText")
    at.login(place.passkey(bank.maker, 331), "/certificates")
    opened(room, financed)
    assert "nonoticeyet" in words(place, financed, "en", bank.handle)
    press(at, "finance.notice.give/1", says=bank.handle)
    at.until("document.querySelector('form[data-sign=\"finance.notice.give/1\"]') === null")
    place.ledger.seal()
    at.login(place.known(cast.core.maker, 331), "/certificates")
    assert noticed(at) == [f"/certificates/{quote(financed, safe='')}"]
    opened(room, financed)
    press(at, "finance.notice.acknowledge/1")
    at.until("document.querySelector('form[data-sign=\"finance.notice.acknowledge/1\"]') === null")
    place.ledger.seal()
    with place.node.reader.open() as snapshot:
        ((part, notice),) = snapshot.view.group("notice", financed).items()
        acknowledged = snapshot.view.group("acknowledgement", financed)[part]
        zone = str((snapshot.view.get("certificate", financed) or {})["zone"])
    assert notice["organisation"] == bank.handle
    assert noticed(at) == []
    for language, firms in (("zh", (cast.bank.zh, goods.maker.zh)), ("en", (cast.bank.en, goods.maker.en))):  # fmt: skip
        text = words(place, financed, language, cast.core.handle)  # type: ignore[arg-type]
        told = (
            *firms, bank.handle, goods.maker.handle, finance.format_amount(amount), finance.capitals(amount),
            finance.local_time(str(notice["time"]), zone), finance.local_time(str(acknowledged["time"]), zone),
        )  # fmt: skip
        for one in told:
            assert re.sub(r"\s", "", one) in text, one
    assert at.tab.complaints() == []


def test_a_bank_offers_what_it_financed_to_another(
    room: Room, financed: str, other_bank: str, tmp_path: Path
) -> None:
    at, place = room.seat, room.place
    at.login(place.passkey(cast.bank.maker, 332), "/certificates")
    opened(room, financed)
    agreement = tmp_path / "agreement.txt"
    agreement.write_text("sold at 99")
    form = "form[data-sign='finance.transfer.offer/1']:has([data-digest])"
    fields = f'document.querySelector("{form}").elements'
    at.tab.value(
        f"{fields}['/amount'].value='100,000.00'; {fields}['/sale/price'].value='99,000.00';"
        f"{fields}['/to'].value='{other_bank}'"
    )
    choose(at, f"{form} input[type=file]", agreement)
    at.tab.value(f'document.querySelector("{form} button").click()')
    assert "99,000.00" in at.shown()
    at.sign()
    at.until("document.querySelector('form[data-sign=\"finance.transfer.withdraw/1\"]') !== null")
    with place.node.reader.open() as snapshot:
        (found,) = snapshot.view.find("offer-of-certificate", financed, limit=5)
    offer: Any = found.value
    assert (offer["amount"], offer["sale"]["price"]) == (10_000_000, 9_900_000)
    assert (offer["from"], offer["to"]) == (cast.bank.handle, other_bank)
    # Who is no funder sells for trade alone.
    at.login(place.passkey(goods.maker.maker, 332), "/certificates")
    opened(room, financed)
    assert at.tab.value(f'document.querySelector("{form}")') is None
    assert at.tab.complaints() == []


def test_two_officers_publish_a_year_on_pages(room: Room) -> None:
    at, place = room.seat, room.place
    page = f"{place.url}/calendars/{quote(days.calendar)}?lang=en"
    first, second = days.first, days.second
    at.login(place.passkey(first, 333), "/calendars")
    at.tab.open(page)
    at.until("document.readyState === 'complete'")
    fields = "document.querySelector('form[data-sign=\"finance.calendar.propose/1\"]').elements"
    at.tab.value(
        f"{fields}['/year'].value='2027'; {fields}['/known_until'].value='2027-12-31';"
        f"{fields}['/holidays'].value='2027-01-01 元旦\\n2027-10-01 国庆 节'; {fields}['/working'].value='2027-02-14';"
        f"{fields}['/source/authority'].value='Office'; {fields}['/source/title'].value='Notice for 2027'"
    )
    press(at, "finance.calendar.propose/1", says="2027-10-01")
    at.until("document.body.innerText.includes('Proposed: 2027')")
    # The proposer is not the second one.
    assert (
        at.tab.value("document.querySelector('form[data-sign=\"finance.calendar.approve/1\"]')")
        is None
    )
    at.login(place.passkey(second, 333), "/calendars")
    at.tab.open(page)
    press(at, "finance.calendar.approve/1", says="2027")
    at.until("document.querySelector('#year-2027') !== null")
    with place.node.reader.open() as snapshot:
        row: Any = snapshot.view.get("calendar", days.calendar)
        versions: Any = snapshot.view.group("calendar-version", days.calendar)
        (newest,) = [one for one in versions.values() if one["version"] == row["versions"]]
    assert [day["name"] for day in newest["holidays"]] == ["元旦", "国庆 节"]
    assert (newest["rest"], newest["working"]) == ([6, 7], [{"on": "2027-02-14"}])
    # A maker of another firm sees neither form.
    at.login(place.passkey(cast.core.maker, 333), "/calendars")
    at.tab.open(page)
    at.until("document.readyState === 'complete'")
    assert at.tab.value("document.querySelectorAll('main form[data-sign]').length") == 0
    # But one of a core finds the way to its standing policies.
    assert at.tab.value("document.querySelector('nav a[href=\"/policies\"]') !== null")
    assert at.tab.complaints() == []


def test_two_officers_limit_a_group_in_another_currency(room: Room) -> None:
    """Yen have no decimals: what is typed in is the amount."""
    at, place = room.seat, room.place
    page = f"{place.url}/limits?lang=en"
    at.login(place.passkey(days.first, 334), "/limits")
    at.tab.open(page)
    at.until("document.readyState === 'complete'")
    group = 'document.querySelector(\'form[data-sign="finance.limit.propose/1"] [name="/group"][required]\').form'
    at.tab.value(
        f"{group}.id = 'group'; const fields = {group}.elements;"
        f"fields['/group'].value='STEEL'; fields['/members'].value='{cast.core.handle}\\n';"
        "fields['/currency'].value='JPY'; fields['/amount'].value='3000000000';"
        "document.querySelector('#group button').click()"
    )
    at.sign()
    at.until("document.body.innerText.includes('waiting for a second person')")
    at.login(place.passkey(days.second, 334), "/limits")
    at.tab.open(page)
    press(at, "finance.limit.approve/1", says="STEEL")
    at.until("document.querySelector('table.ledger') !== null")
    with place.node.reader.open() as snapshot:
        found: Any = snapshot.view.get("limit", f"group {cast.node}#STEEL", "JPY")
        member: Any = snapshot.view.get("limit-group-member", cast.core.handle)
    assert found["amount"] == 3_000_000_000
    assert member["group"] == f"{cast.node}#STEEL"
    assert at.tab.complaints() == []
