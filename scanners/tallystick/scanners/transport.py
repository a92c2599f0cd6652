"""How a device reaches its node."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

import httpx

from tallystick.scanners.device_errors import NodeAway, NodeRefused

answer_bytes_max = 16 << 20
#: Answers after which the same request may succeed: too early, too many, or the node is ill.
_worth_retrying = frozenset({408, 425, 429})


class Transport(Protocol):
    def send(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to `POST /v1/entries`.

        Raises `NodeAway` when the outcome is unknown or may change, `NodeRefused` when the node refused
        the whole request; its member `http_status` then says how.
        """
        ...


class HttpTransport:
    """`Transport` over HTTP. `node_url` is the node's root, e.g. `https://node.example`."""

    def __init__(
        self,
        node_url: str,
        *,
        timeout_seconds: float = 20.0,
        headers: Mapping[str, str] | None = None,
        client: httpx.Client | None = None,
    ) -> None:
        self._url = f"{node_url.rstrip('/')}/v1/entries"
        self._client = client or httpx.Client(timeout=timeout_seconds, headers=headers)

    def send(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            with self._client.stream("POST", self._url, json=request) as response:
                status, body = response.status_code, _limited(response)
        except httpx.HTTPError as error:
            raise NodeAway(f"{self._url}: {str(error) or type(error).__name__}") from None
        document = _object(body)
        if status == 200 and document is not None:
            return document
        if status == 200 or status >= 500 or status in _worth_retrying:
            # A 200 without JSON is the log-in page of somebody's network.
            raise NodeAway(f"{self._url} answered {status} without a result")
        said = (document or {}).get("detail") or (document or {}).get("title") or "no reason given"
        raise NodeRefused(f"{self._url} answered {status}: {said}", http_status=status)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _limited(response: httpx.Response) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > answer_bytes_max:
            raise NodeAway(f"the answer has more than {answer_bytes_max} bytes")
    return bytes(body)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
