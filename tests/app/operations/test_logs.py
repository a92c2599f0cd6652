"""The log: one stream of JSON, ids and indices in it, and never a secret, a body or a name."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.app.operations.heard import Heard, hearing
from tests.app.operations.house import House, housed

from tallystick.app.operations import logs
from tallystick.app.operations.withheld import guard, items_max, text_chars_max
from tallystick.app.settings import Settings
from tallystick.ledger import Submission, write_batch

secret = "hunter2-hunter2-hunter2"


@pytest.fixture
def heard() -> Iterator[Heard]:
    with hearing() as made:
        yield made


def test_every_line_is_one_json_object_with_time_level_and_event(heard: Heard) -> None:
    structlog.get_logger().warning("two\nlines", count=3, name="数")
    (told,) = heard.lines()
    assert list(told)[:3] == ["time", "level", "event"]
    assert (told["level"], told["event"], told["count"], told["name"]) == (
        "warning",
        "two\nlines",
        3,
        "数",
    )


def test_the_standard_librarys_loggers_join_the_stream(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A server that another test ran may have left it quieter.
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "level", logging.NOTSET)
    logging.getLogger("uvicorn.error").manager._clear_cache()  # type: ignore[attr-defined]
    logging.getLogger("uvicorn.error").warning("it is %s", "said")
    logging.getLogger("uvicorn.access").info("never")
    (told,) = heard.lines()
    assert (told["event"], told["logger"], told["level"]) == (
        "it is said",
        "uvicorn.error",
        "warning",
    )


def test_a_failure_is_told_without_the_values_of_variables(heard: Heard) -> None:
    body = {"held": secret}
    try:
        raise ValueError("of the test")
    except ValueError:
        structlog.get_logger().exception("failed", count=len(body))
    assert "ValueError: of the test" in heard.lines()[0]["exception"]
    assert secret not in heard.file.getvalue()


class Full(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_loses_lines_and_stops_nobody(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log file on the full disk once would have ended the sequencer's thread."""
    monkeypatch.setattr(logs.stream, "_file", Full())
    structlog.get_logger().error("seal-failed")
    logging.getLogger("any").error("neither")
    assert logs.stream.lost == 2


@pytest.mark.parametrize(
    "told",
    [
        {"token": secret},
        {"reader_token": secret},
        {"Authorization": f"Bearer {secret}"},
        {"detail": f"Authorization: Bearer {secret}"},
        {"detail": f"tally_{secret}"},
        {"url": f"postgresql://tally:{secret}@db/ledger"},
        {"error": f"cannot reach postgresql+psycopg://tally:{secret}@db:5432/ledger now"},
        {"body": {"text": secret}},
        {"what": {"deep": {"salt": secret}}},
        {"data": secret.encode()},
        {"raw": secret.encode()},
        {"pem": f"-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----"},
        {"note": f"-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\nafter"},
    ],
)
def test_what_must_not_be_said_is_withheld(told: dict[str, object]) -> None:
    assert secret not in str(guard(None, "info", dict(told)))


deep = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=8), deep, max_size=5))
def test_whatever_is_told_becomes_a_short_line_of_json(told: dict[str, object]) -> None:
    event = guard(None, "info", {"event": "any", **told})
    line = logs._json(None, "info", dict(event))
    assert json.loads(line) is not None
    assert "\n" not in line


def test_long_values_are_cut() -> None:
    told = guard(None, "info", {"text": "x" * 10_000, "ids": list(range(1000))})
    assert len(told["text"]) < text_chars_max + 40
    assert len(told["ids"]) == items_max + 1


# --- what a node says -----------------------------------------------------------------------


@pytest.fixture
def house(tmp_path: Path, heard: Heard) -> Iterator[House]:
    with housed(tmp_path / "home") as made:
        yield made


def test_entries_are_told_by_id_and_index_under_the_id_of_their_request(
    house: House, heard: Heard
) -> None:
    entries = [house.entry() for _ in range(40)]
    answer = house.client.post(
        "/v1/entries?author=somebody",
        content=write_batch(entries),
        headers={"X-Request-Id": "scan-7"},
    )
    assert answer.headers["x-request-id"] == "scan-7"
    results = answer.json()["results"]
    told = next(line for line in heard.lines() if line["event"] == "entries")
    assert told["request_id"] == "scan-7"
    assert (told["entries"], told["first"]) == (40, results[0]["index"])
    assert told["last"] == results[-1]["index"]
    assert told["ids"] == [_id(entry) for entry in entries[:16]]
    request = next(line for line in heard.lines() if line["event"] == "request")
    assert (request["request_id"], request["status"]) == ("scan-7", 200)
    assert (request["method"], request["path"]) == ("POST", "/v1/entries")
    assert "somebody" not in heard.file.getvalue()


def _id(entry: Submission) -> str:
    payload = base64.b64decode(json.loads(entry.envelope)["payload"])
    return str(json.loads(payload)["id"])


@pytest.mark.parametrize("given_id", ["", "a" * 65, "two words", "naïve", 'x"}\n{"event":"forged'])
def test_an_id_that_nobody_should_send_is_replaced(
    house: House, heard: Heard, given_id: str
) -> None:
    answer = house.client.get("/log/finality", headers={b"X-Request-Id": given_id.encode()})  # type: ignore[dict-item]
    assert len(answer.headers["x-request-id"]) == 16
    assert "forged" not in heard.file.getvalue()


def test_a_refused_entry_is_told_by_its_code(house: House, heard: Heard) -> None:
    entry = house.entry()
    house.send(entry)
    house.send(entry)
    house.client.post("/v1/entries", content=b'{"entries": [{"envelope": 1}]}')
    told = [line["outcomes"] for line in heard.lines() if line["event"] == "entries"]
    assert told == [{"accepted": 1}, {"accepted": 1}]
    assert [line for line in heard.lines() if line["event"] == "request"][-1]["status"] == 200


def test_what_fits_no_route_is_not_repeated(house: House, heard: Heard) -> None:
    house.client.get(f"/nowhere/{secret}?token={secret}")
    assert heard.lines()[-1]["path"] == "no route"
    assert secret not in heard.file.getvalue()


def test_probes_are_not_worth_a_line(tmp_path: Path, heard: Heard) -> None:
    logs.configure(Settings(home=Path("unused"), log_level="info", log_format="json"))
    with housed(tmp_path / "home") as made:
        made.client.get("/healthz")
        made.client.get("/readyz")
    assert not [line for line in heard.lines() if line["event"] == "request"]
