"""The resolver against the GS1-Conformant Resolver Standard: redirects, linksets, refusals."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.identity.digital_link.conftest import (
    Ask,
    gtin,
    link,
    linked,
    record,
    serving,
    shop,
    text,
    told,
)
from tests.ledger.world import World, core, supplier

from tallystick.identity import (
    ClaimName,
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    ReleaseName,
    WriteHandle,
    index_of,
)
from tallystick.identity.digital_link.link_types import gs1_vocabulary

a = "https://a.example"


@pytest.mark.parametrize(
    ("path", "language", "where"),
    [
        (gtin, "", f"{a}/en?x=1#top"),
        (gtin, "fr", f"{a}/en?x=1#top"),
        (gtin, "de, zh;q=0.8, en;q=0.4", f"{a}/zh"),
        (gtin, "zh-TW", f"{a}/zh"),
        (gtin, "zh;q=0, en-GB", f"{a}/en?x=1#top"),
        (gtin + "/", "", f"{a}/en?x=1#top"),
        ("/01/9521234543213", "", f"{a}/en?x=1#top"),
        (gtin + "?17=261231&foo=b%26r", "", f"{a}/en?x=1&17=261231&foo=b%26r#top"),
        (gtin + "?foo=bar", "zh", f"{a}/zh"),
        (gtin + "?linkType=gs1:defaultLink", "", f"{a}/en?x=1&linkType=gs1:defaultLink#top"),
        (gtin + "?linkType=gs1:pip", "zh", f"{a}/zh"),
        (gtin + "?linkType=pip", "zh", f"{a}/zh"),
        (gtin + "?linktype=https%3A%2F%2Fgs1.org%2Fvoc%2Fpip", "zh", f"{a}/zh"),
        (gtin + "?linkType=https://ref.gs1.org/voc/pip", "zh", f"{a}/zh"),
        (
            gtin + "?linkType=https://schema.example/voc/manual",
            "",
            f"{a}/manual?linkType=https://schema.example/voc/manual",
        ),
        (f"{gtin}/10/L1", "", f"{shop}/t/99.100.1/LOT"),
        (f"{gtin}/22/V/10/L1", "", f"{shop}/t/99.100.1/LOT"),
        (f"{gtin}/10/OTHER", "zh", f"{a}/zh"),
        (f"{gtin}/22/V", "zh", f"{a}/zh"),
        (f"{gtin}/10/L1/21/S%2f1", "", f"{a}/one"),
        (f"{gtin}/21/S%2F1", "", f"{a}/one"),
        (f"{gtin}/10/L1/21/NONE", "", f"{shop}/t/99.100.1/LOT"),
        (f"{gtin}/10/L1/21/S%2F1?linkType=gs1:dpp", "", f"{a}/dpp?linkType=gs1:dpp"),
        (f"{gtin}/10/L1?linkType=gs1:pip", "zh", f"{a}/zh"),
        (f"{gtin}/10/L1?linkType=gs1:traceability", "", f"{shop}/t/99.100.1/LOT?linkType=gs1:traceability"),
        ("/8004/9521234-1", "", f"{shop}/t/99.100.1/PLAIN"),
        ("/8004/9521234-2", "", f"{shop}/t/99.100.1/JS"),
        ("/415/9521234543213/8020/R-1", "", f"{shop}/t/99.100.1/PAY"),
        ("/414/9521234543206", "zh-CN", f"{a}/cn"),
        ("/414/9521234543206", "de-DE", f"{a}/all"),
        ("/414/9521234543206/254/X?locatt=id:1", "", f"{a}/hidden?locatt=id:1"),
        ("/414/9521234543206?locatt=id:9", "", f"{a}/all?locatt=id:9"),
    ],
)  # fmt: skip
def test_where_a_link_leads(ask: Ask, path: str, language: str, where: str) -> None:
    answer = ask(path, language)
    assert (answer.status_code, answer.headers["location"]) == (307, where)
    assert not answer.content
    assert answer.headers["access-control-allow-origin"] == "*"
    assert f"<{shop}/" in answer.headers["link"]
    assert '?linkType=linkset>; rel="linkset"; type="application/linkset+json"' in answer.headers["link"]  # fmt: skip
    assert answer.headers["vary"] == "Accept, Accept-Language, Authorization"


@pytest.mark.parametrize(
    ("query", "accept", "where"),
    [
        ("", "application/pdf", "/cert.pdf"),
        ("", "text/html", "/cert"),
        ("", "image/png, text/*;q=0.5", "/cert"),
        ("", "*/*", "/cert.pdf"),
        ("&context=vet", "*/*", "/vet"),
        ("&context=nobody", "text/html", "/cert"),
    ],
)
def test_media_and_context_choose(ask: Ask, query: str, accept: str, where: str) -> None:
    asked = f"?linkType=gs1:certificationInfo{query}"
    answer = ask(gtin + asked, accept=accept)
    assert answer.headers["location"] == a + where + asked


def test_what_nothing_tells_apart_is_a_choice(ask: Ask) -> None:
    answer = ask(gtin + "?linkType=gs1:recallStatus")
    assert answer.status_code == 300
    assert answer.headers["location"] == f"{a}/r1"
    (one,) = told(answer)
    assert [row["href"] for row in one[gs1_vocabulary + "recallStatus"]] == [f"{a}/r1", f"{a}/r2"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (gtin + "?linkType=gs1:epil", 404, "digital-link-type-missing"),
        (f"{gtin}/10/L1?linkType=gs1:epil", 404, "digital-link-type-missing"),
        ("/01/09521234543220", 404, "digital-link-unknown"),
        ("/01/09521234543220?linkType=linkset", 404, "digital-link-unknown"),
        ("/415/9521234543213/8020/R-2", 404, "digital-link-unknown"),
        ("/8004/9521234-4", 404, "digital-link-unknown"),
        (gtin + "/foo", 400, "digital-link-unpaired"),
        (gtin[:-1] + "4", 400, "digital-link-check-digit-wrong"),
        (gtin + "/21/a/10/b", 400, "digital-link-qualifier-order"),
        (gtin + "/21/%zz", 400, "digital-link-encoding-wrong"),
        (gtin + "?18=1", 400, "digital-link-attribute-unknown"),
        (
            gtin + "?8017=952123456789000007&8018=952123456789000007",
            400,
            "digital-link-attributes-exclusive",
        ),
        (gtin + "?8200=x", 400, "digital-link-attribute-foreign"),
        (gtin + "?x=" + "y" * 2001, 400, "digital-link-too-long"),
        ("/01/", 400, "digital-link-unpaired"),
    ],
)
def test_refusals(ask: Ask, path: str, status: int, code: str) -> None:
    answer = ask(path, accept="application/json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_head_and_options(client: TestClient) -> None:
    path = f"{gtin}/21/S%2F1"
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.headers["location"]) == (307, get.headers["location"])
    for url in (gtin, "/.well-known/gs1resolver"):
        options = client.options(url)
        assert options.status_code == 204
        assert options.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert client.post(gtin).status_code == 405


def test_every_key_is_routed_and_nothing_else(client: TestClient) -> None:
    for ai in ("00", "01", "253", "255", "401", "402", "414", "415", "417", "8003", "8004", "8006"):
        assert client.get(f"/{ai}/x").json()["code"].startswith("digital-link-")
    for other in ("/10/x", "/gtin/x", "/0/1", "/t/x", "/010/x"):
        assert client.get(other).json()["code"] == "http-404"


def test_private_links_are_for_those_who_may_read_them(ask: Ask) -> None:
    path = "/8004/9521234-3"
    for stranger in ("", supplier):
        assert ask(path + "?linkType=gs1:pip", who=stranger).status_code == 404
        assert b"secret" not in ask(path + "?linkType=all", who=stranger).content
    assert ask(path + "?linkType=gs1:pip", who=core).headers["location"].startswith(f"{a}/secret")
    assert b"secret" in ask(path + "?linkType=all", who=core).content


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"{gtin}/21/C-1", "CLAIMED"),
        (f"{gtin}/22/V/10/ANY/21/C-1", "CLAIMED"),
        (f"{gtin}/10/L9/21/S9", "OTHER"),
        ("/8013/1987654Ad4X4bL5ttr2310c2K", "OTHER"),
        ("/414/9521234543213", "OTHER"),
        ("/417/9521234543213", "OTHER"),
        ("/414/9521234543213/254/DOCK", "OTHER"),
        ("/8004/9521234-8", "CLAIMED"),
    ],
)
def test_a_claimed_code_leads_to_its_record(ask: Ask, path: str, name: str) -> None:
    answer = ask(path)
    assert answer.headers["location"] == f"{shop}/t/99.100.1/{name}"


def test_a_private_claim_is_known_to_its_readers_alone(ask: Ask) -> None:
    path = "/8004/9521234-9"
    assert ask(path, accept="application/json").status_code == 404
    for who in (core, supplier):
        assert ask(path, who=who).headers["location"] == f"{shop}/t/99.100.1/HIDDEN"


def test_a_key_that_two_owners_state_names_neither(world: World) -> None:
    world.add(core, "identity.handle.create/1", CreateHandles(handles=(record("A", gtin),)))
    for client in serving(world):
        assert client.get(gtin).headers["location"] == f"{shop}/t/99.100.1/A"
        other = HandleRecord(handle="99.100.2/B", values=record("B", gtin).values)
        world.add(supplier, "identity.handle.create/1", CreateHandles(handles=(other,)))
        assert client.get(gtin).status_code == 404
        said = ClaimName(handle="99.100.1/A", scheme="gtin", code="09521234543213")
        world.add(core, "identity.name.claim/1", said)
        assert client.get(gtin).headers["location"] == f"{shop}/t/99.100.1/A"


def test_weights_are_kept_by_chance(world: World) -> None:
    data = "".join(
        f'<location href="{a}/{weight}" weight="{weight}"/>' for weight in ("0.5", "1.5", "0")
    )
    values = text(3, "10320/loc", f'<locations chooseby="weighted">{data}</locations>')
    world.add(core, "identity.handle.create/1", CreateHandles(handles=(record("W", gtin, values),)))
    for client in serving(world):
        seen = Counter(client.get(gtin).headers["location"] for _ in range(80))
        assert seen.keys() == {f"{a}/0.5", f"{a}/1.5"}
        assert client.get(f"{gtin}?locatt=weight:0").headers["location"].startswith(f"{a}/")


def test_a_deleted_record_leaves_the_level_above(database_url: str, tmp_path: Path) -> None:
    world = World(database_url, tmp_path)
    world.populate()
    one = record("ONE", f"{gtin}/21/S", text(3, "URL", f"{a}/one"))
    kind = record("KIND", gtin, *linked(link("gs1:pip", f"{a}/kind", default=True)))
    world.add(core, "identity.handle.create/1", CreateHandles(handles=(one, kind)))
    for client in serving(world):
        where = f"{gtin}/21/S"
        assert client.get(where).headers["location"] == f"{a}/one"
        stated = text(1, "TALLYSTICK.GS1", f"{gtin}/21/T")
        world.add(core, "identity.handle.write/1", WriteHandle(handle=one.handle, values=(stated,)))
        assert client.get(where).headers["location"] == f"{a}/kind"
        assert client.get(f"{gtin}/21/T").headers["location"] == f"{a}/one"
        gone = DeleteHandle(handle=one.handle, reason="destroyed")
        world.add(core, "identity.handle.delete/1", gone)
        assert client.get(f"{gtin}/21/T").headers["location"] == f"{a}/kind"


def test_a_preflight_of_a_foreign_page_is_allowed(client: TestClient) -> None:
    asked = {
        "origin": "https://shop.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "accept, authorization",
    }
    for url in (f"{gtin}/21/A", "/ARFRq5sE2g", "/.well-known/gs1resolver"):
        answer = client.options(url, headers=asked)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        allowed = answer.headers["access-control-allow-headers"].lower()
        assert {"accept", "accept-language", "authorization"} <= set(allowed.split(", "))
        assert int(answer.headers["access-control-max-age"]) > 0
    for url in (gtin, f"{gtin}?linkType=linkset", f"{gtin}?linkType=gs1:nothing", gtin + "1"):
        told = client.get(url, headers=asked).headers
        assert told["access-control-allow-origin"] == "*"
        assert {"link", "location"} <= set(
            told["access-control-expose-headers"].lower().split(", ")
        )


def last(world: World) -> int:
    with world.reader.open() as snapshot:
        return snapshot.size() - 1


def test_as_of_then(database_url: str, tmp_path: Path) -> None:
    """A code leads where it led: before its claim, after it, after the link changed, and when it was released."""
    world = World(database_url, tmp_path)
    world.populate()
    kind = HandleRecord(
        handle="99.100.1/K", values=tuple(linked(link("gs1:pip", f"{a}/old", default=True)))
    )
    stated = record("S", "/8004/9521234-1", text(3, "URL", f"{a}/stated"))
    before = last(world)
    world.add(core, "identity.handle.create/1", CreateHandles(handles=(kind, stated)))
    unclaimed = last(world)
    code = {"handle": kind.handle, "scheme": "gtin", "code": "09521234543213"}
    world.add(core, "identity.name.claim/1", ClaimName(**code))
    first = last(world)
    newer = linked(link("gs1:pip", f"{a}/new", default=True))
    write = WriteHandle(handle=kind.handle, values=tuple(newer))
    world.add(core, "identity.handle.write/1", write)
    second = last(world)
    world.add(core, "identity.name.release/1", ReleaseName(**code))
    for client in serving(world):

        def then(at: object, path: str = gtin, client: TestClient = client) -> tuple[int, str]:
            answer = client.get(f"{path}?asOf={at}")
            return answer.status_code, answer.headers.get("location", "").partition("?")[0]

        assert then(unclaimed)[0] == 404
        assert then(first) == (307, f"{a}/old")
        assert then(second) == (307, f"{a}/new")
        assert client.get(gtin).status_code == 404
        (one,) = told(client.get(f"{gtin}/21/S?linkType=linkset&asOf={first}"))
        assert one[gs1_vocabulary + "pip"][0]["href"] == f"{a}/old"
        with world.reader.open() as snapshot:
            time = snapshot.row(first).time
            index = index_of(snapshot, time)
        assert then(time) == then(index)
        assert then(before, "/8004/9521234-1")[0] == 404
        assert then(unclaimed, "/8004/9521234-1") == (307, f"{a}/stated")
        for wrong, code_ in (("soon", 400), ("999999", 404), ("1999-01-01T00:00:00Z", 404)):
            assert then(wrong)[0] == code_


def test_the_description_file(client: TestClient) -> None:
    told = client.get("/.well-known/gs1resolver").json()
    assert told["resolverRoot"] == shop
    assert told["supportedPrimaryKeys"] == ["all"]
    assert told["supportsCompression"] is True
    assert told["validatesAIcombinations"] is True
    assert told["supportedLinkType"] == [{"namespace": gs1_vocabulary, "prefix": "gs1:"}]


def test_a_host_that_a_request_names_is_in_no_answer(client: TestClient) -> None:
    headers = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    for path in (gtin + "?linkType=all", "/8004/9521234-1", "/.well-known/gs1resolver"):
        answer: Any = client.get(path, headers=headers)
        assert "evil" not in answer.text + str(answer.headers)
