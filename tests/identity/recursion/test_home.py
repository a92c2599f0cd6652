"""A resolver that knows of one server alone follows the home of a prefix that this one names, once."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from tallystick.identity.recursion import AnswerUnreadable, OverHttp

a_url, b_url, handle = "http://a.example", "http://b.example", "99.1/SN-1"
Answers = Callable[[httpx.Request], httpx.Response]


def said(status: int, told: object) -> httpx.Response:
    """As it comes from the wire: not read yet."""
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(told).encode()))


def record(data: str, **more: object) -> httpx.Response:
    value = {"index": 1, "type": "NAME", "data": {"format": "string", "value": data}, "ttl": 60,
             "timestamp": "2026-03-05T08:00:00Z"}  # fmt: skip
    return said(200, {"responseCode": 1, "handle": handle, "values": [value], **more})


def missing(code: int = 100) -> httpx.Response:
    return said(404, {"responseCode": code, "handle": handle})


def referred() -> httpx.Response:
    there = f"{b_url}/api/handles/{handle}?referred=true"
    return httpx.Response(307, headers={"location": there})


def unreachable(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody is there")


def server(at_a: Answers, at_b: Answers) -> tuple[OverHttp, list[httpx.URL]]:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return (at_a if request.url.host == "a.example" else at_b)(request)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return OverHttp(a_url, client), asked


@pytest.mark.parametrize(
    ("at_a", "at_b", "told"),
    [
        (lambda _r: record("old", home=b_url), lambda _r: record("new"), "new"),
        (lambda _r: record("old", home=b_url), lambda _r: missing(), "old"),
        (lambda _r: record("old", home=b_url), lambda _r: said(200, "<html>"), "old"),
        (lambda _r: record("old", home=b_url), unreachable, "old"),
        (lambda _r: record("old", home="mailto:b"), unreachable, "old"),
        # Who was referred to refers no further.
        (lambda _r: record("old", home=b_url), lambda _r: referred(), "old"),
        (lambda _r: record("old", home=b_url), lambda _r: record("new", home=a_url), "new"),
    ],
)  # fmt: skip
def test_what_the_home_says_goes_before(at_a: Answers, at_b: Answers, told: str) -> None:
    upstream, asked = server(at_a, at_b)
    found = upstream.ask(handle, types=("NAME",), hops=("r1",))
    assert [one.value for one in found.values] == [told]
    assert found.source == a_url
    assert len(asked) <= 2
    for url in asked:
        assert url.params["type"] == "NAME"
        assert url.params.get("referred") == ("true" if url.host == "b.example" else None)


def test_a_redirect_is_a_referral_that_the_resolver_follows() -> None:
    upstream, asked = server(lambda _r: referred(), unreachable)
    assert upstream.ask(handle).elsewhere == b_url
    assert len(asked) == 1


@pytest.mark.parametrize("headers", [{}, {"location": "file:///etc/passwd"}])
def test_a_referral_that_leads_nowhere_is_no_answer(headers: dict[str, str]) -> None:
    upstream, _ = server(lambda _r: httpx.Response(307, headers=headers), unreachable)
    with pytest.raises(AnswerUnreadable):
        upstream.ask(handle)
