"""The log as an API process has it: entries go to the sequencer, which answers and signs.

The process holds no key of the log, and its word counts for nothing: the sequencer verifies every signature
itself. Whatever happens on the way, sending the same entries again gives the first receipt.
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import orjson
import structlog

from tallystick.app.handover.address import Address
from tallystick.app.handover.secured import Secured
from tallystick.app.handover.wire import (
    SequencerAnswerRefused,
    read_answers,
    read_problem,
    write_submissions,
)
from tallystick.app.operations.metrics import told_entries
from tallystick.ledger import Answer, Submission, TallystickError

connect_timeout_s = 2.0
answer_timeout_s = 20.0
connections_max = 64
receipts_kept_max = 1000
binary = "application/octet-stream"
_Names = tuple[tuple[str, str], ...]
_log = structlog.get_logger()


class SequencerUnreachable(TallystickError):
    code = "sequencer-unreachable"
    status = 503
    title = "The process that appends does not answer"
    advice = (
        "Send the same entries again after the seconds in Retry-After: whatever was taken in is answered "
        "with its first receipt. For the operator: `tallystick sequencer` must run."
    )


class RemoteLog:
    """Stands in for the running log in a process that does not append."""

    def __init__(self, address: Address, secured: Secured | None = None) -> None:
        self.address = address
        limits = httpx.Limits(max_connections=connections_max)
        path = str(address.path) if address.path else None
        self._http = httpx.Client(
            base_url=address.url,
            transport=httpx.HTTPTransport(
                uds=path, limits=limits, verify=secured.calling() if secured else True
            ),
            timeout=httpx.Timeout(answer_timeout_s, connect=connect_timeout_s),
        )
        # What the sequencer signed with its answers, until the route asks for it in its next step.
        self._receipts: dict[_Names, dict[str, object]] = {}

    def submit(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Raises `SequencerUnreachable`, or what the sequencer says."""
        answered = self._post("/append", write_submissions(submissions))
        answers, receipt = read_answers(answered, len(submissions))
        _log.info("entries", **told_entries(answers))
        if receipt is not None:
            if len(self._receipts) >= receipts_kept_max:
                self._receipts.clear()
            self._receipts[_names(answers)] = receipt
        return answers

    def receipt(self, answers: Sequence[Answer]) -> dict[str, object]:
        """As the sequencer signed it; asked for again, it looks the entries up itself."""
        names = _names(answers)
        kept = self._receipts.pop(names, None)
        if kept is not None:
            return kept
        found = orjson.loads(self._post("/receipt", orjson.dumps(names)))
        if not isinstance(found, dict):
            raise SequencerAnswerRefused("it is no receipt")
        return found

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, data: bytes) -> bytes:
        try:
            answer = self._send(path, data)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # A connection that was kept, and that the sequencer closed meanwhile: entries may be sent twice.
            try:
                answer = self._send(path, data)
            except httpx.HTTPError as error:
                raise self._unreachable(error) from None
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None
        if answer.status_code == 200:
            return answer.content
        try:
            raise read_problem(orjson.loads(answer.content))
        except orjson.JSONDecodeError:
            raise SequencerAnswerRefused(f"status {answer.status_code}") from None

    def _send(self, path: str, data: bytes) -> httpx.Response:
        return self._http.post(path, content=data, headers={"Content-Type": binary})

    def _unreachable(self, error: httpx.HTTPError) -> SequencerUnreachable:
        if isinstance(error, httpx.ReadTimeout):
            said = f"no answer within {answer_timeout_s:g} seconds; the entries may be in the log"
            return SequencerUnreachable(said)
        return SequencerUnreachable(f"{self.address}: {error or type(error).__name__}")


def _names(answers: Sequence[Answer]) -> _Names:
    return tuple((answer.author, answer.id) for answer in answers if answer.index >= 0)
