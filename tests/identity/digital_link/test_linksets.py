"""Linksets against the rules of RFC 9264 §4.2 and of the GS1 resolver standard.

The schema is written here from the standard's rules; what a schema cannot say is checked beside it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, ValidationError
from tests.identity.digital_link.conftest import Ask, gtin, shop, told

from tallystick.identity import digital_link
from tallystick.identity.digital_link.link_types import gs1_vocabulary as gs1

uri = {"type": "string", "pattern": "^https?://[^\\s]+$"}
link = {
    "type": "object",
    "required": ["href", "title"],
    "additionalProperties": False,
    "properties": {
        "href": uri,
        "title": {"type": "string", "minLength": 1},
        "type": {"type": "string", "pattern": "^[a-z]+/[A-Za-z0-9.+_-]+$"},
        "hreflang": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "context": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "fwqs": {"type": "boolean"},
        "public": {"type": "boolean"},
    },
}
default = {
    "type": "array", "minItems": 1, "maxItems": 1,
    "items": {**link, "properties": {"href": uri, "title": {"type": "string"}}},
}  # fmt: skip
schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["linkset"],
    "additionalProperties": False,
    "properties": {
        "linkset": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["anchor", "itemDescription"],
                "properties": {
                    "anchor": uri,
                    "itemDescription": {"type": "string", "minLength": 1},
                    gs1 + "defaultLink": default,
                    gs1 + "defaultLinkMulti": {"type": "array", "minItems": 2, "items": link},
                },
                "patternProperties": {
                    "^https://(?!ref\\.gs1\\.org/voc/defaultLink$)": {
                        "type": "array", "minItems": 1, "items": link, "uniqueItems": True,
                    },
                },
                "additionalProperties": False,
            },
        }
    },
}  # fmt: skip
validator = Draft202012Validator(schema)
asked = [
    gtin,
    f"{gtin}/10/L1",
    f"{gtin}/22/V/10/L1/21/S%2F1",
    f"{gtin}/21/NONE",
    "/414/9521234543206",
    "/414/9521234543206/254/X",
    "/8004/9521234-1",
    "/8004/9521234-2",
    "/415/9521234543213/8020/R-1",
]


def check(found: dict[str, Any]) -> None:
    """The schema, and that a default is described by a type and leads where it does."""
    validator.validate(found)
    anchors = [one["anchor"] for one in found["linkset"]]
    assert len(set(anchors)) == len(anchors)
    for one in found["linkset"]:
        assert digital_link.parse(one["anchor"]).uri(shop) == one["anchor"]
        described = {
            row["href"]
            for rel, rows in one.items()
            if rel.startswith("https:") and "defaultLink" not in rel
            for row in rows
        }
        defaults = one[gs1 + "defaultLink"] + one.get(gs1 + "defaultLinkMulti", [])
        assert {row["href"] for row in defaults} <= described
        assert all(urlsplit(href).scheme in ("http", "https") for href in described)


@pytest.mark.parametrize("path", asked)
def test_every_linkset_keeps_the_rules(ask: Ask, path: str) -> None:
    by_type, by_accept = (
        ask(path + "?linkType=linkset"),
        ask(path, accept="application/linkset+json"),
    )
    old = ask(path + "?linkType=all")
    for answer in (by_type, by_accept, old):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/linkset+json"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert 'rel="http://www.w3.org/ns/json-ld#context"' in answer.headers["link"]
        assert answer.content == by_type.content
    check(by_type.json())


@pytest.mark.parametrize("path", asked)
def test_each_link_told_is_where_its_type_leads(ask: Ask, path: str) -> None:
    """The finest level that tells of a type answers for it; the default is what a bare request gets."""
    found = told(ask(path + "?linkType=linkset"))
    bare = ask(path).headers["location"]
    assert bare == found[0][gs1 + "defaultLink"][0]["href"]
    seen: set[str] = set()
    for one in found:
        for rel, rows in one.items():
            if not rel.startswith("https:") or "defaultLink" in rel or rel in seen:
                continue
            seen.add(rel)
            answer = ask(f"{path}?linkType={rel}")
            assert answer.status_code in (307, 300)
            assert any(answer.headers["location"].startswith(row["href"].partition("#")[0]) for row in rows)  # fmt: skip


def test_levels_stand_in_one_linkset_from_the_finest_up(ask: Ask) -> None:
    found = told(ask(f"{gtin}/22/V/10/L1/21/S%2F1?linkType=linkset"))
    assert [one["anchor"] for one in found] == [
        f"{shop}{gtin}/22/V/10/L1/21/S%2F1",
        f"{shop}{gtin}/22/V/10/L1",
        f"{shop}{gtin}",
    ]
    assert found[2]["itemDescription"] == "电池 (01)09521234543213"


def test_what_a_record_says_of_a_link_is_told(ask: Ask) -> None:
    (one,) = told(ask(gtin + "?linkType=all"))
    english, chinese = one[gs1 + "pip"]
    assert english == {"href": "https://a.example/en?x=1#top", "title": "gs1:pip", "hreflang": ["en"]}  # fmt: skip
    assert chinese["fwqs"] is False
    assert chinese["hreflang"] == ["zh", "zh-TW"]
    assert one[gs1 + "defaultLinkMulti"] == [english, chinese]
    assert [row.get("context") for row in one[gs1 + "certificationInfo"]] == [None, None, ["vet"]]
    assert one["https://schema.example/voc/manual"][0]["href"] == "https://a.example/manual"
    hidden = ask("/414/9521234543206?linkType=all")
    assert b"hidden" not in hidden.content


def test_a_choice_is_a_linkset_too(ask: Ask) -> None:
    validator.validate(ask(gtin + "?linkType=gs1:recallStatus").json())


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"linkset": []},
        {"linkset": [{"anchor": shop}]},
        {"linkset": [{"anchor": shop, "itemDescription": "x", "pip": []}]},
        {"linkset": [{"anchor": shop, "itemDescription": "x", gs1 + "pip": [{"href": shop}]}]},
        {"linkset": [{"anchor": shop, "itemDescription": "x", gs1 + "defaultLink": [{"href": shop, "title": "x", "type": "text/html"}]}]},
    ],
)  # fmt: skip
def test_the_schema_refuses_what_the_standard_refuses(broken: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validator.validate(broken)
