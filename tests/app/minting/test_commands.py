"""`tallystick mint` as an issuer and a stranger type it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.app.minting.desk import Desk, prefix

from tallystick.app.minting import proving
from tallystick.ledger import TallystickError, Verifier

until = "2099-01-01T00:00:00.000Z"


def test_a_batch_from_its_issue_to_a_proof_in_a_strangers_hands(desk: Desk, tmp_path: Path) -> None:
    said = desk.batch()
    assert f"{prefix}/0001" in said
    handle = desk.codes()[7]
    proof = tmp_path / "proof.json"
    desk.ok("prove", handle.lower(), "--out", proof)
    said = desk.ok("verify", proof, "--log-key", desk.log_key)
    assert handle in said
    assert desk.firm in said
    assert "NAME: Plate" in said
    assert "20 leaves of 1 batches" in desk.ok("check", prefix, "0001")
    assert "0001" in desk.ok("show", prefix)
    desk.ok("labels", tmp_path / "codes.ndjson", "--out", tmp_path / "codes.pdf", "--count", 3)
    assert (tmp_path / "codes.pdf").read_bytes().startswith(b"%PDF")


def test_assigned_voided_reserved_and_released(desk: Desk, tmp_path: Path) -> None:
    desk.batch()
    shares = tmp_path / "shares.json"
    shares.write_text(json.dumps([{"to": desk.other, "start": 0, "count": 5}]))
    author = ("--author", desk.firm)
    assert "Entry" in desk.ok("assign", prefix, "0001", shares, *author)
    handle = desk.codes()[0]
    share = desk.run("void", prefix, "0001", "--handle", handle, *author)
    other = desk.run("void", prefix, "0001", "--handle", handle, "--author", desk.other)
    assert [share.exit_code, other.exit_code].count(0) == 1
    desk.ok("void", prefix, "0001", "--positions", "10+5", "--reason", "lost", *author)
    words = (prefix, "S1-", "--count", 100, "--site", desk.firm, "--until", until, *author)
    desk.ok("reserve", *words)
    taken = desk.run("reserve", *words)
    assert isinstance(taken.exception, TallystickError)
    assert taken.exception.code == "range-taken"
    desk.ok("release", prefix, "S1-", *author)


def test_bulk_tells_each_row_and_is_repeated(desk: Desk, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.ndjson", tmp_path / "results.ndjson"
    good = [{"key": f"k{n}", "prefix": prefix, "values": []} for n in range(30)]
    rows.write_text("\n".join(json.dumps(row) for row in [*good, {"key": "bad"}]))
    told = desk.run("bulk", rows, "--author", desk.firm, "--out", out)
    assert told.exit_code == 1
    assert "30 registered, 1 refused" in told.output
    first = [json.loads(line) for line in out.read_text().splitlines()]
    desk.run("bulk", rows, "--author", desk.firm, "--out", out)
    again = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row.get("handle") for row in again] == [row.get("handle") for row in first]
    assert all(row.get("duplicate") for row in again[:30])


@pytest.mark.parametrize(
    ("words", "expected"),
    [(("batch", prefix, 5, "--labels", "codes.txt"), "labels-refused"),
     (("batch", prefix, 5, "--labels", "a.csv", "--value", "NAME"), "minting-refused"),
     (("batch", "99.8", 5, "--labels", "a.csv"), "not-entitled"),
     (("batch", "x", 5, "--labels", "a.csv"), None),
     (("assign", prefix, "0001", "nothing.json"), "file-unreadable"),
     (("void", prefix, "0001", "--handle", "99.7/X"), "code-unknown"),
     (("void", prefix, "0001", "--positions", "5"), "minting-refused"),
     (("void", prefix, "0000", "--positions", "5+1"), "minting-refused"),
     (("reserve", prefix, "S1", "--count", 1, "--site", "99.7/a", "--until", until),
      "minting-refused"),
     (("bulk", "nothing.ndjson", "--out", "r.ndjson"), "file-unreadable")],
)  # fmt: skip
def test_what_is_wrong_is_said_by_name(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[Any, ...], expected: str | None
) -> None:
    monkeypatch.chdir(desk.home)
    told = desk.run(*words, "--author", desk.firm)
    assert told.exit_code != 0
    if expected is not None:
        assert isinstance(told.exception, TallystickError)
        assert told.exception.code == expected
    assert not list(desk.home.rglob("*.part"))


def test_a_proof_that_was_changed_proves_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.batch()
    first, second = desk.codes()[:2]
    files = []
    for position, handle in enumerate((first, second)):
        files.append(tmp_path / f"{position}.json")
        desk.ok("prove", handle, "--out", files[-1])
    good, other = (json.loads(file.read_text()) for file in files)
    key = Verifier.parse(desk.log_key)
    assert proving.check(proving.read(json.dumps(good).encode()), key).handle == first
    changes: list[dict[str, Any]] = [
        {"handle": second}, {"salt": other["salt"]}, {"position": other["position"]},
        {"path": other["path"]}, {"path": []}, {"body": "e30="}, {"body": "?"},
        {"body_salt": "00" * 32}, {"proof": good["proof"].replace("index ", "index 1")},
        {"envelope": {**good["envelope"], "payload": "e30="}}, {"v": 2}, {"more": 1},
        {"handle": f"{prefix}/SN-1"},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(TallystickError):
            proving.check(proving.read(json.dumps(good | change).encode()), key)
    files[0].write_text(json.dumps(good | {"handle": second}))
    told = desk.run("verify", files[0], "--log-key", desk.log_key)
    assert told.exit_code == 1
    assert "NOT PROVEN" in told.output
    with pytest.raises(proving.CodeProofRefused):
        proving.read(io.BytesIO(b" " * (proving.code_proof_bytes_max + 1)).read())


def test_another_entry_of_the_log_is_no_batch(desk: Desk, tmp_path: Path) -> None:
    desk.batch()
    desk.ok("prove", desk.codes()[0], "--out", tmp_path / "p.json")
    good = json.loads((tmp_path / "p.json").read_text())
    with desk.node.reader.open() as snapshot:
        proof, row = snapshot.proof_file(0).encode(), snapshot.row(0)
    changed = good | {"proof": proof, "envelope": json.loads(row.leaf)}
    with pytest.raises(proving.CodeProofRefused, match="no batch"):
        proving.check(proving.read(json.dumps(changed).encode()), Verifier.parse(desk.log_key))
