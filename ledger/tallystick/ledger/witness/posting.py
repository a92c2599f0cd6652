"""One POST to a witness: limited in bytes and time, asked again after a failure of network or server."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import httpx

from tallystick.ledger.witness.errors import WitnessAnswerRefused, WitnessUnreachable
from tallystick.ledger.witness.request import answer_bytes_max
from tallystick.ledger.witness.withholding import printable_line, problem_member, withheld

timeout_s = 5
attempts_max = 3
pause_ms = 200
said_chars_max = 300
code_chars_max = 80
_headers = {"Content-Type": "text/plain; charset=utf-8", "Accept-Encoding": "identity"}

#: Waits so many milliseconds.
Pause = Callable[[int], None]


class Posting:
    """An address of a witness; `name` is told in errors."""

    def __init__(self, name: str, url: str, http: httpx.Client, pause: Pause | None = None) -> None:
        self._name = name
        self._url = url
        self._http = http
        self._pause = pause or _pause

    def post(self, data: bytes) -> httpx.Response:
        """The answer, whatever it says; raises `WitnessUnreachable`, `WitnessAnswerRefused`, or why it withholds."""
        said_last = ""
        for attempt in range(attempts_max):
            if attempt:
                self._pause(random.randrange(pause_ms, pause_ms * 2**attempt))
            try:
                answer = self._send(data)
            except httpx.HTTPError as error:
                said_last = str(error) or type(error).__name__
                continue
            except (httpx.InvalidURL, UnicodeError) as error:
                raise WitnessUnreachable(f"{self._name}: no address: {error}") from None
            reason = withheld(answer)
            if reason is not None:
                raise reason
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
            said_last = f"it answered {answer.status_code}: {said(answer)}"
        raise WitnessUnreachable(f"{self._name}: {said_last}")

    def _send(self, data: bytes) -> httpx.Response:
        """One request; limits bytes and time of the answer, which is read as it was sent."""
        until = time.monotonic_ns() + timeout_s * 10**9
        with self._http.stream(
            "POST", self._url, content=data, headers=_headers, timeout=timeout_s
        ) as answer:
            got = bytearray()
            for chunk in answer.iter_raw():
                got += chunk
                if len(got) > answer_bytes_max:
                    raise WitnessAnswerRefused(f"it has more than {answer_bytes_max} bytes")
                if time.monotonic_ns() > until:
                    raise httpx.ReadTimeout(f"the answer took more than {timeout_s} s")
            kind = {"content-type": answer.headers.get("content-type", "")}
            return httpx.Response(answer.status_code, headers=kind, content=bytes(got))


def said(answer: httpx.Response) -> str:
    """What a refusal says, on one line and printable: of a problem document detail and code, else how it begins."""
    detail, code = problem_member(answer, "detail"), problem_member(answer, "code")
    if isinstance(detail, str) and isinstance(code, str):
        return printable_line(f"{detail[:said_chars_max]} ({code[:code_chars_max]})")
    return printable_line(answer.content[:said_chars_max].decode(errors="replace"))


def _pause(ms: int) -> None:
    time.sleep(ms / 1000)
