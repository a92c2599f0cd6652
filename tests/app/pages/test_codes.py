"""What people see who follow a GS1 code with a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from tests.app.pages.markup import Page
from tests.identity.digital_link.conftest import claims, gtin, link, linked, record, records
from tests.ledger.world import World, core, supplier

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import ClaimName, CreateHandles, codes, digital_link

browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
nasty = "<script>alert(1)</script>\"'&{{7*7}}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("codes")
    url = f"sqlite:///{home / 'ledger.sqlite3'}"
    world = World(url, home, rule_set(), origin="log.example/codes")
    world.populate()
    hostile = record(
        "NASTY", "/8004/9521234-7", *linked(link("gs1:pip", "https://a.example/", title=nasty))
    )
    world.add(core, "identity.handle.create/1", CreateHandles(handles=(*records(), hostile)))
    for name, scheme, code, private in claims:
        told = ClaimName(
            handle=f"99.100.1/{name}", scheme=scheme, code=codes.parse(scheme, code).value,
            readers=(supplier,) if private else None,
        )  # fmt: skip
        world.add(core, "identity.name.claim/1", told)
    world.ledger.seal()
    settings = Settings(home=home, database_url=url, base_url="https://id.example")
    with TestClient(create_app(Node.at(settings)), follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        (f"{gtin}/22/V/10/L1/21/S%2F1?linkType=linkset&17=261231", 200, ("https://a.example/one", "https://a.example/dpp", "电池", "261231")),
        (f"{gtin}/21/NONE?linkType=all", 200, ("https://a.example/cert.pdf", "zh-TW")),
        (f"{gtin}?linkType=linkset&asOf=999999", 404, ("as-of-beyond-log",)),
        (f"{gtin}?linkType=gs1:recallStatus", 300, ("https://a.example/r1", "https://a.example/r2")),
        (f"{gtin}/10/L1?linkType=gs1:epil", 404, ("https://a.example/dpp", "https://a.example/cert.pdf")),
        ("/01/09521234543220/21/A?17=261231", 404, ("(01)09521234543220(21)A",)),
        ("/8004/9521234-9", 404, ("9521234-9",)),
        ("/8004/9521234-7?linkType=all", 200, ("alert(1)",)),
        (f"{gtin[:-1]}4", 400, ("digital-link-check-digit-wrong",)),
        (f"{gtin}/21/%zz", 400, ("digital-link-encoding-wrong",)),
        ("/ARFRq5sE2g?linkType=linkset", 200, ("https://a.example/cert.pdf",)),
        ("/certificatez", 404, ("http-404",)),
    ],
)  # fmt: skip
def test_a_browser_gets_a_page(
    served: TestClient, language: str, path: str, status: int, says: tuple[str, ...]
) -> None:
    answer = served.get(path, headers={"accept": browser, "accept-language": language})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(answer.text)
    assert not page.faults, page.faults
    assert page.language == {"en": "en", "zh": "zh-CN"}[language]
    for text in says:
        assert text in page.text, text
    assert not any(where.startswith("javascript:") for where in page.links)
    if "http-404" not in says:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Cookie" in answer.headers["vary"]
    assert "location" not in answer.headers
    assert served.head(path, headers={"accept": browser}).status_code == status


@pytest.mark.parametrize("accept", ["*/*", "application/linkset+json, text/html;q=0.9", "application/json", ""])  # fmt: skip
def test_programs_get_data(served: TestClient, accept: str) -> None:
    answer = served.get(f"{gtin}?linkType=linkset", headers={"accept": accept})
    assert answer.headers["content-type"] == "application/linkset+json"
    unknown = served.get("/01/09521234543220", headers={"accept": accept})
    assert unknown.headers["content-type"] == "application/problem+json"
    word = served.get("/certificatez", headers={"accept": accept})
    assert (word.status_code, word.json()["code"]) == (404, "http-404")


def test_a_browser_is_led_to_the_default_link(served: TestClient) -> None:
    answer = served.get(f"{gtin}/21/S%2F1", headers={"accept": browser})
    assert (answer.status_code, answer.headers["location"]) == (307, "https://a.example/one")


def test_private_links_are_on_no_page_of_the_public(served: TestClient) -> None:
    for path in ("/8004/9521234-3?linkType=linkset", "/8004/9521234-3?linkType=gs1:pip"):
        assert "secret" not in served.get(path, headers={"accept": browser}).text


def test_the_language_can_be_changed_on_the_page(served: TestClient) -> None:
    page = Page(served.get(f"{gtin}?linkType=linkset", headers={"accept": browser}).text)
    (chinese,) = (where for where in page.links if "lang=zh" in where)
    answer = served.get(chinese, headers={"accept": browser})
    assert "该代码指向何处" in answer.text
    served.cookies.clear()


def test_compressed_links_lead_where_plain_ones_do(served: TestClient) -> None:
    for path in (f"{gtin}/10/L1", f"{gtin}/21/S%2F1?17=261231&x=1", "/8004/9521234-1"):
        link = digital_link.parse(f"https://id.example{path}")
        plain = served.get(path)
        for key_too in (True, False):
            if not key_too and not link.qualifiers:
                continue
            answer = served.get(digital_link.compress(link, key_too=key_too))
            assert (answer.status_code, answer.headers["location"]) == (
                307,
                plain.headers["location"],
            )
            same = f'<{link.uri("https://id.example")}>; rel="owl:sameAs"'
            assert same in answer.headers["link"]
            assert plain.headers["link"] in answer.headers["link"]
            assert served.options(digital_link.compress(link)).status_code == 204


def test_other_routes_come_before_compressed_links(served: TestClient) -> None:
    for path, status in (("/certificates", 200), ("/healthz", 200), ("/openapi.json", 200)):
        assert served.get(path).status_code == status
    for path in ("/foobarbaz", "/ARFRq5sE2", "/ARFRq5sE2h"):
        assert served.get(path).json()["code"] == "http-404"
