"""The log's operator as a mirror reaches it over HTTP; what it answers is read within limits, and not believed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from tallystick.ledger.mirror.errors import (
    OperatorAnswerRefused,
    OperatorRefused,
    OperatorUnreachable,
)
from tallystick.ledger.mirror.stretch import answer_bytes_max
from tallystick.ledger.note import note_bytes_max

connect_timeout_s = 5
read_timeout_s = 20
answer_timeout_s = 120
file_timeout_s = 3600
json_bytes_max = 8 << 20
said_bytes_max = 4096
good_status = 200
_timeout = httpx.Timeout(read_timeout_s, connect=connect_timeout_s)


@dataclass(frozen=True, slots=True)
class OperatorAnswer:
    status: int
    data: bytes


class Operator:
    """At `url`; `token` says as whom the mirror reads there."""

    def __init__(self, url: str, token: str, http: httpx.Client) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Accept-Encoding": "identity"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._http = http

    def newest(self) -> str | None:
        """The newest checkpoint, with the cosignatures that it has; None before the first."""
        return self._note("/log/checkpoint/newest")

    def final(self) -> str | None:
        """The newest final checkpoint; the newest while none is."""
        return self._note("/log/checkpoint")

    def stretch(self, first: int, end: int) -> bytes:
        """Whole entries from `first` on (`stretch.read_stretch`)."""
        return self._get(f"/log/stretch/{first}?end={end}", answer_bytes_max)

    def tile(self, path: str) -> bytes:
        """A tile of hashes, by its path (`tiles.path`)."""
        return self._get(f"/log/{path}", 256 * 32)

    def consistency(self, first: int, second: int) -> list[bytes]:
        """The proof between two sizes."""
        data = self._get(f"/log/consistency?first={first}&second={second}", json_bytes_max)
        try:
            return [bytes.fromhex(node) for node in orjson.loads(data)["path"]]
        except (ValueError, KeyError, TypeError):
            raise OperatorAnswerRefused("its consistency proof is no list of hashes") from None

    def send(self, request: bytes) -> OperatorAnswer:
        """Entries for the log, as `POST /v1/entries` takes them; whatever it answers below 500.

        Raises `OperatorUnreachable`.
        """
        answer = self._ask("POST", "/v1/entries", json_bytes_max, request)
        if answer.status >= 500 or answer.status == 429:
            raise OperatorUnreachable(f"it answered {answer.status}")
        return answer

    def hand_in(self, statement: dict[str, Any]) -> None:
        """A statement about erasures. Raises `OperatorUnreachable`, `OperatorRefused`, `OperatorAnswerRefused`."""
        _good(self._ask("POST", "/v1/erasures/statements", json_bytes_max, orjson.dumps(statement)))

    def into(self, path: str, bytes_max: int, put: Callable[[bytes], object]) -> None:
        """A file of any size, piece by piece. Raises as the others."""
        said = bytearray()

        def take(found: int, chunk: bytes) -> None:
            if found == good_status:
                put(chunk)
            else:
                said.extend(chunk[:said_bytes_max])

        status = self._read("GET", path, (bytes_max, file_timeout_s), take)
        _good(OperatorAnswer(status, bytes(said)))

    def _note(self, path: str) -> str | None:
        answer = self._ask("GET", path, note_bytes_max)
        if answer.status == 409:
            return None
        try:
            return _good(answer).decode()
        except UnicodeDecodeError:
            raise OperatorAnswerRefused("a checkpoint is UTF-8") from None

    def _get(self, path: str, bytes_max: int) -> bytes:
        return _good(self._ask("GET", path, bytes_max))

    def _ask(
        self, method: str, path: str, bytes_max: int, content: bytes | None = None
    ) -> OperatorAnswer:
        got = bytearray()
        status = self._read(
            method, path, (bytes_max, answer_timeout_s), lambda _, chunk: got.extend(chunk), content
        )
        return OperatorAnswer(status, bytes(got))

    def _read(
        self,
        method: str,
        path: str,
        limits: tuple[int, int],
        take: Callable[[int, bytes], None],
        content: bytes | None = None,
    ) -> int:
        """The status; `take` gets it with each piece. `limits`: bytes and seconds."""
        bytes_max, timeout_s = limits
        until, size = time.monotonic_ns() + timeout_s * 10**9, 0
        headers = dict(self._headers)
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._http.stream(
                method, self._url + path, content=content, headers=headers, timeout=_timeout
            ) as answer:
                for chunk in answer.iter_raw():
                    size += len(chunk)
                    if size > bytes_max:
                        raise OperatorAnswerRefused(f"{path}: more than {bytes_max} bytes")
                    if time.monotonic_ns() > until:
                        raise OperatorUnreachable(f"{path}: not whole in {timeout_s} s")
                    take(answer.status_code, chunk)
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise OperatorUnreachable(str(error) or type(error).__name__) from None


def _good(answer: OperatorAnswer) -> bytes:
    """Raises `OperatorRefused`, `OperatorUnreachable` or `OperatorAnswerRefused`."""
    if answer.status == good_status:
        return answer.data
    said = answer.data[:300].decode(errors="replace")
    said = f"{answer.status}: " + "".join(c if c.isprintable() else " " for c in said)
    if answer.status >= 500 or answer.status == 429:
        raise OperatorUnreachable(said)
    if answer.status in (401, 403, 404):
        raise OperatorRefused(said)
    raise OperatorAnswerRefused(said)
