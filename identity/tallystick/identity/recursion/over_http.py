"""Resolving at a node of ours or at a Handle.net server, over its HTTP JSON interface."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

import httpx

from tallystick.identity.recursion.found import Found
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
    ) -> None:
        self.url = url.rstrip("/")
        self._http, self._timeout_s, self._clock = http, timeout_s, clock or SystemClock()

    def ask(
        self,
        handle: str,
        indexes: tuple[int, ...] = (),
        types: tuple[str, ...] = (),
        hops: tuple[str, ...] = (),
    ) -> Found:
        """Raises `ServerUnreachable` and `AnswerUnreadable`.

        A server that names another home of the prefix is not the last to be asked; that one is, once.
        """
        asked = httpx.QueryParams({"index": indexes, "type": types})
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if hops:
            headers[hops_header] = ",".join(hops)
        path = f"/api/handles/{quote(handle, safe='/')}"
        data, referred = self._get(self.url + path, asked, headers)
        found = None if referred else read_found(data, self._clock.now_ms())
        home = referred or home_of(data)
        if home:
            try:
                there, _ = self._get(home + path, asked.set("referred", "true"), headers)
                newer = read_found(there, self._clock.now_ms())
            except TallystickError:
                if found is None:
                    raise
            else:
                found = newer if found is None or newer.code == success else found
        if found is None:
            raise AnswerUnreadable(f"{self.url} refers to nobody")
        return replace(found, source=self.url, handle=found.handle or handle)

    def _get(
        self, url: str, asked: httpx.QueryParams, headers: Mapping[str, str]
    ) -> tuple[bytes, str]:
        """The answer; or nothing, and the server to which the question is referred."""
        try:
            with self._http.stream(
                "GET",
                url,
                params=asked,
                headers=dict(headers),
                timeout=self._timeout_s,
            ) as answer:
                if answer.status_code == httpx.codes.TEMPORARY_REDIRECT:
                    return b"", _server(answer.headers.get("location", ""))
                data = bytearray()
                for chunk in answer.iter_raw():
                    data += chunk
                    if len(data) > answer_bytes_max:
                        raise AnswerUnreadable(f"more than {answer_bytes_max} bytes")
                return bytes(data), ""
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise ServerUnreachable(f"{url}: {error or type(error).__name__}") from None


def home_of(data: bytes) -> str:
    """The address of the server where the prefix is at home, if an answer names another one."""
    try:
        told = json.loads(data)
    except ValueError:
        return ""
    return _server(str(told.get("home", ""))) if isinstance(told, dict) else ""


def _server(address: str) -> str:
    """Without `/api/handles`; nothing for what is no address of a server."""
    if not address.startswith(("http://", "https://")):
        return ""
    return address.partition("/api/handles")[0].rstrip("/")
