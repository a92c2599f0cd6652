"""Every page, in both languages: well-formed, accessible as far as a parser sees, under a strict policy."""

from __future__ import annotations

import doctest
import importlib
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from tests.app.pages.markup import Page
from tests.app.played import everything, look_as

from tallystick.app.bootstrap import Node

modules = ("language", "links", "render")


def addresses(shown: dict[str, list[str]]) -> dict[str, int]:
    """Addresses with the status that an auditor gets."""
    certificate = quote(shown["certificates"][0])
    return {
        "/": 200,
        **{f"/t/{quote(item)}": 200 for item in shown["items"]},
        "/t/99.100/O-NOBODY": 404,
        f"/t/{quote(shown['certificates'][0].partition('#')[0])}": 200,
        "/t/0.NA/99.100": 200,
        f"/t/{quote(shown['items'][0])}?asOf=500": 200,
        f"/t/{quote(shown['items'][0])}?asOf=2": 404,
        f"/t/{quote(shown['items'][0])}?asOf=soon": 400,
        f"/t/{quote(shown['items'][0])}?before=9": 200,
        "/p/99.100.1": 200,
        "/p/99.100.1?q=pack": 200,
        "/p/99.100": 200,
        "/p/98.7": 404,
        "/certificates": 200,
        "/flows": 200,
        "/documents": 200,
        "/qualifications": 200,
        "/qualifications?standing=good": 200,
        "/qualifications?held=x": 400,
        f"/certificates/{certificate}": 200,
        f"/certificates/{certificate}?page=9": 200,
        "/certificates/99.100/O-X%23C-1": 404,
        "/log": 200,
        "/scan/enrol": 200,
        "/apply": 200,
        "/organisations": 200,
        "/organisations?q=a": 200,
        f"/organisations/{quote(shown['certificates'][0].partition('#')[0])}": 200,
        "/organisations/99.100/O-NOBODY": 404,
        "/login": 200,
        f"/devices?organisation={quote(shown['certificates'][0].partition('#')[0])}": 200,
        "/devices?organisation=99.100/O-NOBODY": 404,
        "/devices": 404,
        "/log?before=60": 200,
        "/log?before=0": 200,
        "/log?before=x": 400,
        "/log/entries/0": 200,
        "/log/entries/7": 200,
        "/log/entries/99999999": 404,
        "/log/entries/-1": 400,
        "/log/entries/99999999999999999999999": 400,
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_for_whoever_reads_everything(
    demo: TestClient, demo_node: Node, shown: dict[str, list[str]], language: str
) -> None:
    with everything(demo, demo_node):
        for address, status in addresses(shown).items():
            assert well_formed(demo, address, language) == status, address


@pytest.mark.parametrize(
    ("who", "language"), [("", "en"), ("", "zh"), ("auditor", "en"), ("bank", "zh"), ("core", "en")]
)
def test_pages_for_people(
    demo: TestClient, shown: dict[str, list[str]], who: str, language: str
) -> None:
    look_as(demo, who)
    for address in addresses(shown):
        well_formed(demo, address, language)


def well_formed(demo: TestClient, address: str, language: str) -> int:
    """The status of the page, which is one."""
    answer = demo.get(address, headers={"accept-language": language})
    status = answer.status_code
    if answer.has_redirect_location:
        # Who may not list a prefix is sent to the one record that was asked for.
        where = answer.headers["location"]
        answer = demo.get(where, headers={"accept-language": language})
    assert answer.headers["content-type"] == "text/html; charset=utf-8", address
    page = Page(answer.text)
    assert not page.faults, (address, page.faults)
    assert page.language == {"en": "en", "zh": "zh-CN"}[language]
    assert ("模拟" if language == "zh" else "Simulated") in page.text
    return status


def test_policy_is_strict(demo: TestClient) -> None:
    answer = demo.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_links_lead_somewhere(
    demo: TestClient, demo_node: Node, shown: dict[str, list[str]]
) -> None:
    with everything(demo, demo_node):
        seen = {
            link.partition("#")[0]
            for address in (place for place, status in addresses(shown).items() if status == 200)
            for link in Page(demo.get(address).text).links
            if link.startswith("/")
        }
        # The raw routes of the log are its own; here it counts that each is one of them.
        raw = ("/log/proof/", "/v1/", "/log/checkpoint", "/verify")
        pages = sorted(link for link in seen if not link.startswith(raw))
        assert len(pages) > 60
        for link in pages[:: max(1, len(pages) // 60)]:
            assert demo.get(link).status_code in (200, 303), link


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("hdl:99.100.1/PACK-0001", "/t/99.100.1/PACK-0001"),
        ("https://x.example/t/99.100.1/A%23B", "/t/99.100.1/A%23B"),
        (" 12 ", "/log/entries/12"),
        ("99.100/O-A#C-7", "/certificates/99.100/O-A%23C-7"),
        ("//evil.example", "/t///evil.example"),
        ("", "/"),
    ],
)
def test_find_leads_to_the_page(demo: TestClient, asked: str, place: str) -> None:
    answer = demo.get("/find", params={"q": asked})
    assert (answer.status_code, answer.headers["location"]) == (303, place)


def test_form_leads_to_the_entry(demo: TestClient) -> None:
    assert demo.get("/log/entries?index=7").headers["location"] == "/log/entries/7"
    assert demo.get("/log/entries?index=x").headers["location"] == "/log"


def test_static_files_are_there(demo: TestClient) -> None:
    for link in Page(demo.get("/").text).links:
        if link.startswith("/static/"):
            assert demo.get(link).status_code == 200
    assert demo.get("/static/../words.py").status_code == 404


@pytest.mark.parametrize("name", modules)
def test_examples_in_docstrings(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"tallystick.app.pages.{name}"))
    assert result.attempted
    assert not result.failed
