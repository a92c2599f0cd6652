"""Resolving at a node of ours or at a Handle.net server, over its HTTP JSON interface."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote, urljoin

import httpx

from tallystick.identity.asof.errors import AsOfNotTold
from tallystick.identity.asof.wish import refused, wished
from tallystick.identity.recursion.found import Found, service_referral
from tallystick.identity.recursion.json_form import AnswerUnreadable, answer_bytes_max, read_found
from tallystick.ledger import Clock, SystemClock, TallystickError

timeout_s_default = 5
success = 1
hops_header = "Tallystick-Hops"


class ServerUnreachable(TallystickError):
    code = "handle-server-unreachable"
    status = 504
    title = "The Handle server does not answer"
    advice = "Check its address, or ask again later."


class OverHttp:
    """`url`: of the server, without `/api/handles`. `headers` go with every question."""

    def __init__(
        self,
        url: str,
        http: httpx.Client,
        timeout_s: float = timeout_s_default,
        clock: Clock | None = None,
        *,
        referred: bool = False,
    ) -> None:
        """`referred`: another server sent us here, and is not to be named in turn."""
        self.url = url.rstrip("/")
        self._more = {"referred": "true"} if referred else {}
        self._http, self._timeout_s, self._clock = http, timeout_s, clock or SystemClock()

    def ask(
        self,
        handle: str,
        indexes: tuple[int, ...] = (),
        types: tuple[str, ...] = (),
        hops: tuple[str, ...] = (),
    ) -> Found:
        """As of now, or of the moment that one of the types names (`asof.wish`).

        Raises `ServerUnreachable`, `AnswerUnreadable`, `AsOfMalformed` and its kin, and `AsOfNotTold`.

        Where an answer names another home of its prefix, that one is asked too, once: what it says is newer.
        """
        rest, moment = wished(types)
        then = {} if moment is None else {"asOf": moment}
        asked = httpx.QueryParams({"index": indexes, "type": rest, **self._more, **then})
        path = f"/api/handles/{quote(handle, safe='/')}"
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if hops:
            headers[hops_header] = ",".join(hops)
        data, elsewhere = self._get(path, asked, headers)
        if elsewhere:
            return Found(service_referral, handle, source=self.url, elsewhere=elsewhere)
        if moment is not None and (error := refused_moment(data)) is not None:
            raise error
        found = read_found(data, self._clock.now_ms())
        if moment is not None and found.as_of is None:
            raise AsOfNotTold(self.url)
        # An index is one of the log that was asked.
        home = "" if self._more or moment is not None else home_of(data)
        if home:
            there = OverHttp(home, self._http, self._timeout_s, self._clock, referred=True)
            with suppress(TallystickError):
                newer = there.ask(handle, indexes, types, hops)
                found = newer if newer.code == success else found
        return replace(found, source=self.url, handle=found.handle or handle)

    def _get(
        self, path: str, asked: httpx.QueryParams, headers: Mapping[str, str]
    ) -> tuple[bytes, str]:
        """The body, and the address of the server to ask instead if there is one."""
        try:
            with self._http.stream(
                "GET",
                self.url + path,
                params=asked,
                headers=dict(headers),
                timeout=self._timeout_s,
            ) as answer:
                if answer.is_redirect:
                    return b"", _server_of(self.url, answer.headers.get("location", ""))
                data = bytearray()
                for chunk in answer.iter_raw():
                    data += chunk
                    if len(data) > answer_bytes_max:
                        raise AnswerUnreadable(f"more than {answer_bytes_max} bytes")
                return bytes(data), ""
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise ServerUnreachable(f"{self.url}: {error or type(error).__name__}") from None


def refused_moment(data: bytes) -> TallystickError | None:
    """What a problem (RFC 9457) says of the moment, if an answer is one."""
    try:
        told = json.loads(data)
    except ValueError:
        return None
    members: Mapping[str, object] = told if isinstance(told, dict) else {}
    return refused(str(members.get("code")), str(members.get("detail", ""))[:200])


def home_of(data: bytes) -> str:
    """The address of the server where the prefix is at home, if an answer names another one."""
    try:
        told = json.loads(data)
    except ValueError:
        return ""
    home = str(told.get("home", "")) if isinstance(told, dict) else ""
    if not home.startswith(("http://", "https://")):
        return ""
    return home.partition("/api/handles")[0].rstrip("/")


def _server_of(url: str, location: str) -> str:
    """The server whose `/api/handles` a redirect leads to. Raises `AnswerUnreadable`."""
    server, path, _ = urljoin(url + "/", location).partition("/api/handles/")
    if not path:
        raise AnswerUnreadable(f"it leads to {location[:200]}, which is no address of a handle")
    return server
