"""A clerk sees why a line is held and lets it pass with a second person, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from tests.app.matching.office import Office, checker, dear, maker
from tests.app.pages import browser
from tests.app.signing.rig import Seat, seat
from tests.ledger.authenticator import Authenticator
from tests.ledger.world import core


@pytest.fixture(scope="module")
def at(desk: Office) -> Iterator[Seat]:
    with seat(desk.site.url) as sitting:
        yield sitting


@pytest.fixture(scope="module")
def passkeys(desk: Office) -> dict[str, Authenticator]:
    """Of two more people of the buyer, who have nothing else."""
    first, second = "99.100/P-CLERK00000001", "99.100/P-CLERK00000002"
    return {
        maker: desk.site.person(core, core, first, "maker"),
        checker: desk.site.person(core, core, second, "checker"),
    }


def act(at: Seat, entry_type: str, says: str) -> None:
    """Press the button of the form, read the dialog, sign."""
    form = f"document.querySelector('form[data-sign=\"{entry_type}\"]')"
    at.until(form)
    at.tab.value(f"{form}.querySelector('button').click()")
    assert says in at.shown().replace("\u00a0", " ")
    at.sign()
    at.until("document.querySelector('dialog#signing[open]') === null")
    at.until(f"!{form}")


def test_a_held_line_is_explained_and_let_pass(
    desk: Office, at: Seat, passkeys: dict[str, Authenticator]
) -> None:
    order = desk.order("PO-PAGE")
    desk.deliver("DA-PAGE", order, 600, rejected=10)
    invoice = desk.bill("INV-PAGE", order, 500, dear)
    where = f"/matching/line?invoice={quote(invoice, safe='')}&line=1"

    # Tolerances, by maker and checker.
    at.login(passkeys[maker], "/matching/tolerances?lang=en")
    fields = "document.querySelector('form[data-sign=\"finance.tolerances.propose/1\"]').elements"
    at.until(fields)
    newest = at.tab.value(f"Number({fields}['/after'].value)")
    at.tab.value(
        f"{fields}['/release_minor'].value = '1,000.00';{fields}['/price_ppm'].value = '4.5'"
    )
    form = "document.querySelector('form[data-sign=\"finance.tolerances.propose/1\"] button')"
    at.tab.value(f"{form}.click()")
    assert "4500" in at.shown()
    at.sign()
    at.until("document.querySelectorAll('article.act').length === 1")
    at.login(passkeys[checker], "/matching/tolerances?lang=en")
    act(at, "finance.tolerances.approve/1", "finance.tolerances.approve/1")
    said = at.tab.value("document.querySelector('main').innerText")
    assert f"version {newest + 1}" in said
    assert "4.500 ‰" in said

    # The list, its reasons, and the line, on a phone too.
    at.login(passkeys[maker], "/matching?lang=en")
    said = at.tab.value("document.querySelector('main').innerText")
    assert "The price is above the order's" in said
    assert "INV-PAGE" in said
    for page in ("/matching", "/matching?reason=price-above-order", where, "/matching/tolerances"):
        for language in ("en", "zh"):
            at.tab.look(browser.phone_px)
            joined = "&" if "?" in page else "?"
            at.tab.open(f"{desk.site.url}{page}{joined}lang={language}")
            at.until("document.readyState === 'complete'")
            assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px, page
    at.tab.look(browser.desktop_px)
    at.tab.open(f"{desk.site.url}{where}&lang=en")
    said = at.until("document.querySelector('main').innerText")
    for told in (
        "Accepted\n590",
        "Rejected on arrival\n10",
        "Invoiced on this line\n500",
        "282.50",
    ):
        assert told in said, told
    act(at, "finance.match.release.propose/1", "price-above-order")
    at.until("document.querySelector('article.act') !== null")

    at.login(passkeys[checker], "/matching?lang=en")
    at.tab.open(f"{desk.site.url}{where}&lang=zh")
    # What is approved by its hash is shown in full, from the proposal's own bytes.
    act(at, "finance.match.release.approve/1", "INV-PAGE")
    said = at.until("document.querySelector('main').innerText")
    assert "没有挂起" in said
    assert "50,285.00" in said
    assert at.tab.complaints() == []
    assert desk.line(invoice)["confirmable"] == 5_028_500


def test_nobody_sees_anything_without_a_login(desk: Office) -> None:
    for page in ("/matching", "/matching/tolerances"):
        told = desk.ask("", page)
        assert told.status_code == 200
        assert "/login?next=" in told.text
        assert core not in told.text
    assert desk.ask("", "/matching/line", invoice=f"{core}#X", line=1).status_code == 404


def test_tolerances_are_proposed_in_the_currency_of_the_orders(desk: Office) -> None:
    """Yen have no decimals, dinars three: the form asks in whole money of each."""
    for currency, digits in (("CNY", 2), ("JPY", 0), ("KWD", 3)):
        shown = desk.ask(maker, "/matching/tolerances", currency=currency, lang="en").text
        assert f'name="/currency" value="{currency}"' in shown
        assert (
            f'name="/release_minor" inputmode="decimal" data-kind="amount" data-digits="{digits}"'
            in shown
        )
    assert desk.ask(maker, "/matching/tolerances", currency="yen").status_code == 400
