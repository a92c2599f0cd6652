"""Many handles in one call: results in order, entries of 500, repeated without harm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.identity.minting.minted import Mint, on_both, prefix
from tests.ledger.world import supplier

from tallystick.identity import minting
from tallystick.identity.minting import api, bulk
from tallystick.ledger import TallystickError

secret = bytes(32)


def row(number: int, **more: Any) -> dict[str, Any]:
    values = [{"index": 1, "type": "NAME", "data": f"part {number}"}]
    return {"key": f"k{number}", "handle": f"{prefix}/B-{number:05d}", "values": values, **more}


def lines(*rows: dict[str, Any]) -> list[bytes]:
    return [orjson.dumps(one) for one in rows]


def take(mint: Mint, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return bulk.Bulk(mint.pen, mint.look, secret).take(lines(*rows))


@on_both
def test_one_entry_for_500_rows_and_a_result_for_each(mint: Mint) -> None:
    told = take(mint, *map(row, range(1100)))
    assert [one["row"] for one in told] == list(range(1100))
    assert {one["outcome"] for one in told} == {"registered"}
    assert [len(said.body.handles) for said in mint.pen.written] == [500, 500, 100]  # type: ignore[attr-defined]
    assert len({one["index"] for one in told}) == 3
    again = take(mint, *map(row, range(1100)))
    assert [one["index"] for one in again] == [one["index"] for one in told]
    assert all(one["duplicate"] for one in again)
    cut = take(mint, *map(row, range(1090, 1110)))
    assert [one.get("duplicate", False) for one in cut] == [True] * 10 + [False] * 10
    assert len({one["index"] for one in (*told, *again, *cut)}) == 4


def test_a_bad_row_holds_up_no_other(mint: Mint) -> None:
    mint.issue(3)
    batch_row = row(7, handle=f"{prefix}/" + minting.new_suffix())
    serial = mint.home.joinpath("labels.ndjson").read_text().split('"')[3]
    told = take(
        mint, row(0), {"key": "k1"}, row(2, handle="99.100.2/X"), row(3),
        row(4, handle=serial), row(5, values=[{"index": 1, "type": "A", "data": "1"}] * 2),
        row(6, prefix=prefix), batch_row,
    )  # fmt: skip
    codes = [one.get("problem", {}).get("code") for one in told]
    assert codes == [
        None, "row-refused", "not-entitled", None, "batch-issued", "values-refused", "row-refused",
        None,
    ]  # fmt: skip
    assert [one["outcome"] for one in told].count("registered") == 3


@on_both
def test_one_handle_twice_in_a_call(mint: Mint) -> None:
    told = take(mint, row(0), row(0, key="other"), row(0, values=[]), row(1))
    assert [one["outcome"] for one in told] == ["registered"] * 2 + ["refused", "registered"]
    assert told[1]["duplicate"]
    assert told[2]["problem"]["code"] == "already-registered"


def test_a_minted_suffix_follows_from_the_key_and_from_a_secret(mint: Mint) -> None:
    wanted = [{"key": f"m{number}", "prefix": prefix, "values": []} for number in range(20)]
    told = take(mint, *wanted)
    again = take(mint, *reversed(wanted))
    assert [one["handle"] for one in again] == [one["handle"] for one in reversed(told)]
    assert len({one["handle"] for one in told}) == 20
    for one in told:
        assert minting.is_serial(one["handle"].partition("/")[2])
    other = bulk.Bulk(mint.pen, mint.look, b"\x01" * 32).take(lines(wanted[0]))
    assert other[0]["handle"] != told[0]["handle"]


def test_a_log_that_does_not_answer_refuses_and_a_repeat_registers(
    mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(TallystickError):
        code = "away"
        status = 503
        title = "away"

    def away(_said: object) -> None:
        raise Away("now")

    monkeypatch.setattr(mint.pen, "write", away)
    assert [one["problem"]["status"] for one in take(mint, row(0), row(1))] == [503, 503]
    monkeypatch.undo()
    assert [one["outcome"] for one in take(mint, row(0), row(1))] == ["registered"] * 2


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"null", b'{"key":""}', b'{"key":"a","handle":"x"}', b"\xff\xfe",
     b'{"key":"a","handle":"99.1/a","more":1}', b'{"key":"a","handle":"99.1/\xcc\x81"}',
     b'{"key":"' + b"k" * 101 + b'","prefix":"99.1"}', b" " * (bulk.row_bytes_max + 1)],
)  # fmt: skip
def test_lines_that_are_no_rows_are_told_by_name(mint: Mint, line: bytes) -> None:
    (told,) = bulk.Bulk(mint.pen, mint.look, secret).take([line])
    assert told["outcome"] == "refused"
    assert told["problem"]["code"] in ("row-refused", "handle-refused", "not-entitled")


@pytest.fixture
def client(mint: Mint) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(minting.bulk_router(lambda: mint.pen, mint.look, mint.folder))
    with TestClient(app) as found:
        yield found


def post(client: TestClient, body: bytes) -> list[dict[str, Any]]:
    answer = client.post("/v1/handles", content=body)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [orjson.loads(line) for line in answer.content.splitlines()]


def test_10_000_rows_by_http(mint: Mint, client: TestClient) -> None:
    body = b"\n".join(lines(*map(row, range(10_000))))
    told = post(client, body)
    assert [one["row"] for one in told] == list(range(10_000))
    assert {one["outcome"] for one in told} == {"registered"}
    assert len(mint.pen.written) == 20
    with mint.look() as view:
        assert view.count("handle-by-owner", mint.pen.organisation) >= 10_000


def test_limits_of_a_call(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "rows_max", 3)
    monkeypatch.setattr(api, "rows_per_write_max", 2)
    told = post(client, b"\n\n".join(lines(*map(row, range(4)))) + b"\n")
    assert [one["outcome"] for one in told] == ["registered"] * 2 + ["stopped"]
    assert told[-1]["problem"]["code"] == "rows-too-many"
    (long,) = post(client, b"x" * (bulk.row_bytes_max + 2))
    assert long["problem"]["code"] == "row-refused"
    assert post(client, b"") == []


def test_another_firm_registers_nothing_here(mint: Mint) -> None:
    mint.pen.author = mint.pen.organisation = supplier
    assert take(mint, row(0))[0]["problem"]["code"] == "not-entitled"
    with mint.look() as view:
        assert view.get("handle", row(0)["handle"]) is None
