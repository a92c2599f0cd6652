"""`./dev bench --quick`: every row is there with positive figures. Never absolute figures."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bench.command import paths
from bench.measure import Row, Spent, median_ms, median_rate, size_name
from bench.pens import Pens
from bench.rooms import breakdown, rooms

from tallystick.ledger import read_batch, write_batch

checkout = Path(__file__).resolve().parents[2]
run_seconds_max = 1200
#: What quality.md and the issue ask for, by a word in the row's name.
wanted = (
    "lines stated from what waits",
    "due dates rolled to a business day",
    "append to SQLite: identity.handle.create/1",
    "append to SQLite: trace.capture/1",
    "audit",
    "transfer on a book in memory",
    "transfer (offer and acceptance) through the rules",
    "transfers signed and durable",
    "transfer on a book in memory, among fragments",
    "transfers (offer, acceptance) signed and durable on SQLite, and double entry",
    "transfers (offer, acceptance) signed and durable on PostgreSQL, and double entry",
    "transfers (offer, acceptance) at once, of one certificate, durable on SQLite",
    "4 transfers (offer, acceptance) at once, of 4 certificates, durable on SQLite",
    "scan captured on the device",
    "POST /v1/entries",
    "one signer, batches of",
    "one entry alone, until it is durable on SQLite",
    "64 writers of single entries at once, durable on SQLite",
    "entries with 1 endorsement, on SQLite",
    "handles resolved by UDP",
    "handles resolved by TCP",
    "inclusion proof",
    "tiles over HTTP",
    "GS1 Digital Link",
    "checkpoints cosigned",
    "heads: names touched",
    "heads: proof of presence",
    "quorum certificate",
    "export of an SQLite log",
    "import into SQLite",
    "mirror on SQLite",
    "transfers, made",
    "transfers, verified",
    "EPCIS events",
    "CBV event hash",
    "item's page",
    "label drawn",
    "handle resolved as of an index",
    "handle resolved as of a time",
    "requests noted in the read log",
    "webhook deliveries",
    "decisions about a graded value",
    "trade documents",
    "invoice lines matched",
    "maturity run: holders paid",
    "equality of a day",
    "quotes judged by the rules",
    "bids of 20 banks, sealed and opened through the rules",
    "limit checks at once (quotes accepted under a limit for half), durable on SQLite",
    "limit checks at once (quotes accepted under a limit for half), durable on PostgreSQL",
    "lines of a bank's file (camt.054) matched to what waits",
    "papers of a certificate",
    "permission decisions about what others share",
    "permission decisions by route and role",
    "requests with an access token",
    "requests with a person's session",
    "signed requests verified",
    "what a reader was given, looked up for a request",
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("bench") / "results.json"
    done = _bench("--quick", "--out", str(out))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    document: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return document


def _bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=checkout,
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=run_seconds_max,
        check=False,
    )


@pytest.mark.slow
def test_every_hot_path_has_a_row(results: dict[str, Any]) -> None:
    names = [row["name"] for row in results["rows"]]
    missing = [word for word in wanted if not any(word in name for name in names)]
    assert not missing
    skipped = {row["name"] for row in results["skipped"]}
    assert skipped <= {
        "append, PostgreSQL",
        "inclusion proof, PostgreSQL",
        "POST /v1/entries, PostgreSQL",
    }
    assert bool(skipped) != any("append to PostgreSQL" in name for name in names)


@pytest.mark.slow
def test_figures_are_positive_and_the_ratio_is_theirs(results: dict[str, Any]) -> None:
    for row in results["rows"]:
        figures = (row["ours"], row["reference"], row["ratio"], *row["growth"].values())
        assert all(figure > 0 and math.isfinite(figure) for figure in figures), row
        assert row["unit"] == "ms" or row["unit"].endswith("/s")
        told = row["ours"] / row["reference"]
        ratio = told if row["unit"].endswith("/s") else 1 / told
        assert math.isclose(row["ratio"], ratio, rel_tol=0.01), row
        assert row["against"]


@pytest.mark.slow
def test_appending_says_where_the_time_goes(results: dict[str, Any]) -> None:
    appended = [row for row in results["rows"] if row["name"].startswith("append to")]
    for row in appended:
        details = row["details"]
        assert details["share of R"] > 0
        assert details["share of the signature ceiling"] > 0
        shares = [value for name, value in details.items() if name.startswith("time in ")]
        assert math.isclose(sum(shares), 100, abs_tol=2)


@pytest.mark.slow
def test_the_machine_is_named(results: dict[str, Any]) -> None:
    for row in results["rows"]:
        assert row["cores"] == os.cpu_count()
        assert all(row[what] for what in ("date", "cpu", "system", "python"))
    assert results["options"] == ["quick"]


def test_only_refuses_an_unknown_name() -> None:
    done = _bench("--only", "nonsense")
    assert done.returncode == 2
    assert all(name in done.stderr for name in paths)


def test_ratio_is_a_share_of_the_reference_speed() -> None:
    assert Row("a", 50, 100, "entries/s", "b").ratio == 0.5
    assert Row("a", 2, 1, "ms", "b").ratio == 0.5


def test_medians() -> None:
    spent = [Spent(10, 1.0), Spent(10, 2.0), Spent(10, 10.0)]
    assert median_rate(spent) == 5
    assert median_ms(spent) == 200


def test_sizes_are_named_as_powers_of_ten() -> None:
    assert [size_name(size) for size in (1000, 10**6, 1500)] == ["10^3", "10^6", "1500"]


def test_library_time_goes_to_the_room_that_called_it() -> None:
    """Hashing and JSON belong to nobody: what the request's parser spends in them is its own."""
    request = write_batch(Pens(1, {}).minted(0, 200))
    shares = breakdown(lambda: read_batch(request))
    assert max(shares, key=lambda room: shares[room]) == "parse the request"
    assert math.isclose(sum(shares.values()), 100, abs_tol=1)


def test_rooms_name_files_and_functions_that_exist() -> None:
    parts = ("ledger", "identity", "trace", "finance")
    files = [str(path) for part in parts for path in (checkout / part).rglob("*.py")]
    for fragment, function, room in rooms:
        fitting = [file for file in files if fragment in file]
        assert fitting, (fragment, room)
        if function:
            assert any(f"def {function}(" in Path(file).read_text() for file in fitting), function
