"""Who sees what, and that nothing of a record becomes markup."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from tests.app.pages.conftest import nasty, nasty_handle
from tests.app.pages.markup import Page
from tests.app.played import look_as

from tallystick.app.demo import cast


def test_public_learns_nothing_of_a_certificate(
    demo: TestClient, shown: dict[str, list[str]]
) -> None:
    address = f"/certificates/{quote(shown['certificates'][0])}"
    hidden, absent = demo.get(address), demo.get("/certificates/99.100/O-X%23C-1")
    assert hidden.status_code == absent.status_code == 404
    assert "Not found, or not yours to read" in hidden.text
    assert "9,000,000.00" not in hidden.text
    # The list of whom one may play names every firm of the demo.
    assert "Demo Battery" not in hidden.text.partition("<main")[2]
    assert "9,000,000.00" not in demo.get("/certificates").text
    assert "9,000,000.00" not in demo.get("/").text


@pytest.mark.parametrize("who", ["supplier", "core", "bank", "auditor"])
def test_parties_see_the_certificate(
    demo: TestClient, shown: dict[str, list[str]], who: str
) -> None:
    look_as(demo, who)
    text = Page(demo.get(f"/certificates/{quote(shown['certificates'][0])}?lang=zh").text).text
    for words in ("人民币玖佰万元整", "9,000,000.00", "已兑付"):
        assert words in text
    # All hops, and who delivered for it, are not for every party.
    assert ("36,000,000.00" in text) == (who == "auditor")
    assert ("原始持单人" in text) == (who != "bank")
    # Whoever has a remit reads what it is told of; lists are of one's own.
    assert ("C-" in demo.get("/certificates").text) == (who != "auditor")


def test_certificate_shows_its_whole_story(demo: TestClient, shown: dict[str, list[str]]) -> None:
    look_as(demo, "auditor")
    page = Page(demo.get(f"/certificates/{quote(shown['certificates'][0])}").text)
    assert page.text.count("→") >= 60
    for words in ("65", "25", "4.20 %", "ACT/360", "Receipt", "scanned by a device of the buyer"):
        assert words in page.text
    assert any(link.startswith("/t/") for link in page.links)
    assert sum(link.startswith("/log/entries/") for link in page.links) > 70


def test_item_hides_from_the_public_what_parties_see(
    demo: TestClient, shown: dict[str, list[str]]
) -> None:
    address = f"/t/{quote(shown['items'][1])}"
    public = demo.get(address).text
    look_as(demo, "core")
    assert "Signed by" not in public
    assert "Signed by" in demo.get(address).text


def test_unknown_code_says_what_to_do(demo: TestClient) -> None:
    answer = demo.get("/t/99.100.1/NOT-THERE")
    assert answer.status_code == 404
    assert "What to do" in answer.text
    assert "99.100.1/NOT-THERE" in answer.text


def test_simulation_is_shown_only_where_it_is_one(demo: TestClient, plain: TestClient) -> None:
    assert 'class="simulated"' in demo.get("/").text
    assert 'class="simulated"' not in plain.get("/").text


def test_values_never_become_markup(plain: TestClient) -> None:
    """A record's owner writes its values; whoever reads the page must not run them."""
    for handle in (nasty_handle, "99.100.1/SN-1", nasty, "<b>"):
        answer = plain.get(f"/t/{quote(handle)}")
        assert answer.status_code in (200, 404)
        page = Page(answer.text)
        assert not page.faults
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert not any(link.lower().startswith("javascript") for link in page.links)
    assert nasty in Page(plain.get("/t/99.100.1/SN-1").text).text
    listed = Page(plain.get("/log/entries/16").text)
    assert not listed.faults


def test_handles_compare_without_case(demo: TestClient, shown: dict[str, list[str]]) -> None:
    assert demo.get(f"/t/{quote(shown['items'][0].lower())}").status_code == 200


def test_a_page_says_who_was_verified_by_one_key_alone(demo: TestClient) -> None:
    """The demo's firms were registered before their node's people decided; its insurer applied, and two admitted it."""
    said = "by its one key"
    told = demo.get(f"/v1/organisations/{cast.core.handle}").json()
    assert (told["verified"], "admitted" in told) == (True, False)
    assert said in demo.get(f"/organisations/{cast.core.handle}?lang=en").text
    rows = demo.get("/v1/organisations?q=insur").json()["organisations"]
    (insurer,) = [one for one in rows if "insurer" in one["capacities"]]
    assert len(insurer["admitted"]["by"]) == 2
    assert said not in demo.get(f"/organisations/{insurer['organisation']}?lang=en").text
