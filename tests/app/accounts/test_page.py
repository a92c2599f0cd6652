"""A clerk registers an account on the page and signs by passkey; two officers name it. In a real Chromium."""

from __future__ import annotations

from pathlib import Path

from tests.app.pages import browser
from tests.app.signing.rig import seat, served
from tests.ledger.world import supplier

from tallystick.identity import FoundOrganisation

number = "6222 0202 0004 1231 234"
clerk, first, second = (f"99.100/P-ACC{n}000000000"[:22] for n in (1, 2, 3))


def test_an_account_is_registered_and_named_on_the_page(tmp_path: Path) -> None:
    with served(tmp_path, f"sqlite:///{tmp_path / 'ledger.sqlite3'}") as site, seat(site.url) as at:
        finance = site.person(supplier, supplier, clerk, "finance")
        officers = [
            site.person(supplier, supplier, person, role)
            for person, role in ((first, "administrator"), (second, "security-administrator"))
        ]
        founded = FoundOrganisation(organisation=supplier)
        site.world.add(supplier, "identity.organisation.found/1", founded)

        at.login(finance, "/accounts")
        at.tab.look(browser.phone_px)
        assert at.tab.value("document.documentElement.scrollWidth") == browser.phone_px
        at.tab.look(browser.desktop_px)
        assert "No account is registered yet." in at.tab.value("document.body.innerText")
        fill = """
            const form = document.querySelector('form[data-account]');
            const put = (field, text) => { field.value = text; field.dispatchEvent(new Event('input')); };
            put(form.querySelector('[data-part=holder]'), 'Firm Ltd');
            put(form.querySelector('[data-part=number]'), '%s');
            put(form.elements['/bank_code'], '102100099996');
            form.requestSubmit();
        """
        at.tab.value(fill % number)
        shown = at.shown()
        assert "102100099996" in shown
        assert "Firm Ltd" not in shown
        assert number.replace(" ", "") not in shown
        at.sign()
        at.until("document.body.innerText.includes('****1234')")
        page = at.tab.value("document.documentElement.outerHTML")
        assert "Registered, not proven yet" in page
        assert "62220202" not in page

        # Nobody vouched for it: an officer sees it, and is offered to close it, not to be paid there.
        at.login(officers[0], "/accounts?lang=zh")
        at.until("document.body.innerText.includes('****1234')")
        assert "已登记，待核实" in at.tab.value("document.body.innerText")
        assert (
            at.tab.value("document.querySelector('form[data-sign=\"finance.payee.propose/1\"]')")
            is None
        )
        assert at.tab.value(
            "document.querySelector('form[data-sign=\"finance.account.close/1\"]') !== null"
        )
        assert at.tab.complaints() == []
