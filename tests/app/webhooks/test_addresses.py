"""Nothing is sent to machines inside, whatever they are called."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.app.webhooks.addresses import Target, may_reach, networks, parse_target, resolve
from tallystick.app.webhooks.errors import WebhookAddressRefused

inside = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::",
    "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::",
)  # fmt: skip
outside = ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")
secure = Target(True, "hooks.example", 443, "/")
plain = Target(False, "hooks.example", 80, "/")


@pytest.mark.parametrize("text", inside)
def test_no_machine_inside_is_reached(text: str) -> None:
    ip = ipaddress.ip_address(text)
    assert not may_reach(ip, secure, ())
    host = f"[{text}]" if ":" in text else text
    with pytest.raises(WebhookAddressRefused):
        parse_target(f"https://{host}/", ())


@pytest.mark.parametrize("text", outside)
def test_machines_outside_are_reached_over_tls_alone(text: str) -> None:
    ip = ipaddress.ip_address(text)
    assert may_reach(ip, secure, ())
    assert not may_reach(ip, plain, networks("10.0.0.0/8"))


@given(st.ip_addresses())
def test_what_is_allowed_is_what_was_named(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    own = networks(f"{ip}")
    assert may_reach(ip, plain, own) or getattr(ip, "ipv4_mapped", None) or ip.version == 6
    if not may_reach(ip, secure, ()):
        assert not may_reach(ip, plain, networks("192.0.2.77/32")) or str(ip) == "192.0.2.77"


@pytest.mark.parametrize(
    "text",
    [
        "", "hooks.example", "ftp://hooks.example/", "http://hooks.example/", "https://", "https:///x",
        "https://user@hooks.example/", "https://user:secret@hooks.example/", "https://hooks.example/#x",
        "https://hooks.example:0/", "https://hooks.example:99999/", "https://hooks.example\\@127.0.0.1/",
        "https://hooks.example/ x", "https://hooks.example/\r\nhost: x", "https://[::1/", "https://例子.中国/",
        "javascript:alert(1)", "https://" + "a" * 500,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(WebhookAddressRefused):
        parse_target(text, ())


def test_the_answer_that_was_judged_is_the_one_that_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name with an answer inside and one outside leads outside; one with answers inside alone leads nowhere."""
    answers: list[list[str]] = [["10.0.0.1", "8.8.8.8"], ["127.0.0.1", "::1"]]
    asked = []

    async def looked_up(_loop: object, host: str, port: int, **_more: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, 1, 6, "", (one, port)) for one in answers.pop(0)]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", looked_up)
    target = parse_target("https://hooks.example/in", ())
    assert str(asyncio.run(resolve(target, ()))) == "8.8.8.8"
    assert target.at(ipaddress.ip_address("8.8.8.8")) == "https://8.8.8.8:443/in"
    assert target.named == "hooks.example"
    with pytest.raises(WebhookAddressRefused):
        asyncio.run(resolve(target, ()))
    assert asked == ["hooks.example"] * 2
