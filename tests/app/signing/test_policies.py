"""Two people sign a standing policy on a page, the firm's software executes it, an officer stops it: in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.app.pages import browser
from tests.app.signing.invoiced import Invoiced, invoiced
from tests.app.signing.rig import Seat, seat
from tests.app.signing.test_confirming import Room, press
from tests.ledger.authenticator import plainly, write
from tests.ledger.world import key

from tallystick import finance
from tallystick.app.demo import cast, goods
from tallystick.finance import policies
from tallystick.identity import devices
from tallystick.ledger import Author, write_batch

core, erp = cast.core, f"{cast.core.prefix}/ERP-1"
maker, checker = core.maker, core.checker
officer = core.person("security-administrator")
propose, approve, stop = (f"finance.policy.{verb}/1" for verb in ("propose", "approve", "stop"))
_whole = "document.readyState === 'complete'"
#: Of the invoice of the story; the second one passes the cap of a day.
first_minor, second_minor = 4_000_000_00, 2_000_000_01
caps = {
    "/certificate_max": "5,000,000.00", "/supplier_max": "20,000,000.00", "/day_max": "6,000,000.00",
    "/total_max": "50,000,000.00", "/until": "2026-12-31", "/evidence": "device", "/term_days_max": "190",
}  # fmt: skip


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("policies")
    with invoiced(home, f"sqlite:///{home / 'ledger.sqlite3'}") as place, seat(place.url) as at:
        _enrol(place)
        yield Room(place, at)


def _enrol(place: Invoiced) -> None:
    """The connector of the firm's ERP, with a key that no node holds."""
    own = key(f"300:{erp}")
    body = devices.EnrolDevice(
        device=erp, organisation=core.handle, purpose="service", key=own.keyid, jwk=own.private.public.jwk()
    )  # fmt: skip
    by = core.administrator
    author = Author(place.ledger.origin, by, cast.key(f"300:{by}"), place.clock)
    made = write(author, devices.enrol_type, body, [plainly(author.key), plainly(own)])
    (answer,) = place.ledger.append([made])
    assert answer.accepted, answer


def says(place: Invoiced, body: policies.PolicyConfirm, by: Author | None = None) -> dict[str, Any]:
    """What the node answers the software, or somebody else, over HTTP."""
    author = by or Author(place.ledger.origin, erp, key(f"300:{erp}"), place.clock)
    entry = author.write("finance.policy.confirm/1", body)
    answer = httpx.post(f"{place.url}/v1/entries", content=write_batch([entry]))
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["results"]
    return dict(row)


def confirmation(policy: str, amount: int) -> policies.PolicyConfirm:
    line = finance.ConfirmLine(line=1, amount=amount)
    return policies.PolicyConfirm(
        policy=policy, invoice=goods.invoice, amount=amount, due_on="2026-07-10", lines=(line,)
    )


def fits(at: Seat) -> None:
    """Nothing is wider than the screen of a phone, with every form open."""
    at.tab.look(browser.phone_px)
    at.tab.value("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
    at.tab.look(browser.desktop_px)


def main_of(at: Seat) -> str:
    at.until("document.readyState === 'complete'")
    return str(at.tab.value("document.querySelector('main').innerText")).replace("\u00a0", " ")


def forms(at: Seat, entry_type: str) -> int:
    return int(
        at.tab.value(f"document.querySelectorAll('main form[data-sign=\"{entry_type}\"]').length")
    )


def to(at: Seat, place: Invoiced, language: str) -> None:
    at.tab.open(f"{place.url}/policies?lang={language}")
    at.until("document.readyState === 'complete'")


def test_two_sign_a_policy_software_executes_it_and_one_officer_stops_it(room: Room) -> None:
    at, place = room.seat, room.place
    at.login(place.passkey(maker), "/policies")
    to(at, place, "en")
    fits(at)
    fields = f"document.querySelector('form[data-sign=\"{propose}\"]').elements"
    for name, value in caps.items():
        at.tab.value(f"{fields}[{name!r}].value = {value!r}")
    assert at.tab.value(f"{fields}['/service'].value") == erp
    press(at, propose, says="CNY 5,000,000.00")
    at.until(f"document.querySelector('main article.act') !== null && {_whole}")
    # Who proposed it is not the second person.
    assert forms(at, approve) == 0
    with place.node.reader.open() as snapshot:
        assert snapshot.view.names("standing-policy", limit=5) == []

    at.login(place.passkey(checker), "/policies")
    to(at, place, "zh")
    assert "单张凭证上限" in main_of(at)
    # It is approved by its hash: the caps are shown from the proposal's own bytes.
    press(at, approve, says="50,000,000.00")
    at.until(f"document.querySelectorAll('main article.act').length === 0 && {_whole}")
    with place.node.reader.open() as snapshot:
        (policy,) = snapshot.view.names("standing-policy", limit=5)

    # Neither with another's key nor in another's name.
    played, origin = cast.key(f"300:{maker}"), place.ledger.origin
    for code, name in (("key-not-valid", erp), ("not-entitled", maker)):
        by = Author(origin, name, played, place.clock)
        refused = says(place, confirmation(policy, 1), by)
        assert refused["problem"]["code"] == code, refused
    done = says(place, confirmation(policy, first_minor))
    assert done["outcome"] == "accepted", done
    place.ledger.seal()
    beyond = says(place, confirmation(policy, second_minor))
    assert beyond["problem"]["code"] == "policy-cap", beyond
    with place.node.reader.open() as snapshot:
        (certificate,) = snapshot.view.names("certificate", limit=5)
        row: Any = snapshot.view.get("certificate", certificate)
    assert (certificate, row["policy"], row["face"]) == (
        f"{core.handle}#C-{done['index']}", policy, first_minor,
    )  # fmt: skip
    for language, used, today in (
        ("en", "Confirmed under it", "of it today"),
        ("zh", "已依此确权", "其中今日"),
    ):
        to(at, place, language)
        told = main_of(at)
        assert [label for label in (used, today) if label not in told] == []
        assert told.count("4,000,000.00") == 2

    at.login(place.passkey(officer), "/policies")
    to(at, place, "zh")
    # An officer stops, and neither proposes nor approves.
    assert (forms(at, stop), forms(at, propose), forms(at, approve)) == (1, 0, 0)
    fits(at)
    press(at, stop, says=policy)
    at.until(f"document.querySelector('main form[data-sign=\"{stop}\"]') === null && {_whole}")
    told = main_of(at)
    assert "已停止" in told
    assert officer in told
    to(at, place, "en")
    assert "Something is suspected" in main_of(at)
    after = says(place, confirmation(policy, 1))
    assert after["problem"]["code"] == "policy-ended", after
    with place.node.reader.open() as snapshot:
        assert snapshot.view.names("certificate", limit=5) == [certificate]
    assert at.tab.complaints() == []
