"""Metrics count what happened, and nobody reads them from the public port."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from tests.app.operations.house import House, housed, until
from tests.end_to_end.test_serving import free_port
from tests.patience import patience_s

from tallystick.app.operations.listener import OperationsPortTaken, listening
from tallystick.app.operations.trail import Trail


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with housed(tmp_path_factory.mktemp("metrics")) as made:
        yield made


def read(text: str) -> dict[tuple[str, str], float]:
    """Value by name and by the values of its labels."""
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def metrics(house: House) -> dict[tuple[str, str], float]:
    return read(house.operations.service.metrics().decode())


def test_entries_are_counted_by_outcome_and_part(house: House) -> None:
    before = metrics(house)
    entries = [house.entry() for _ in range(5)]
    assert house.send(*entries).status_code == 200
    house.send(entries[0])
    stranger = house.author.__class__(
        "log.example/other", house.author.handle, house.author.key, house.author.clock
    )
    house.author, own = stranger, house.author
    house.send()
    house.author = own

    def grew(name: str, labels: str = "") -> float:
        return metrics(house).get((name, labels), 0) - before.get((name, labels), 0)

    # Counted after the answers have gone out.
    until(lambda: grew("tallystick_batch_entries_sum") == 7)
    assert grew("tallystick_entries_total", "accepted,identity") == 5
    assert grew("tallystick_entries_total", "duplicate,identity") == 1
    assert grew("tallystick_entries_total", "rejected,none") == 1
    assert grew("tallystick_entries_turned_away_total", "wrong-origin,rejected") == 1
    assert grew("tallystick_batch_commit_seconds_count") == 3
    assert grew("tallystick_http_requests_total", "POST,/v1/entries,200") == 3


def test_size_seal_and_outbox_are_told(house: House) -> None:
    house.send()
    with house.node.reader.open() as snapshot:
        size = snapshot.size()
    until(lambda: metrics(house)[("tallystick_sealed_entries", "")] > size)
    told = metrics(house)
    assert told[("tallystick_log_entries", "")] == told[("tallystick_sealed_entries", "")]
    assert told[("tallystick_unsealed_seconds", "")] == 0
    assert told[("tallystick_checkpoint_age_seconds", "")] < 60
    assert told[("tallystick_outbox_open", "log.publish")] >= 1
    assert told[("tallystick_ready", "")] == 1
    assert told[("tallystick_queue_batches", "")] == 0


def test_what_fails_is_counted_by_code(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_begun: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(house.book, "take", fail)
        with pytest.raises(OSError, match="No space"):
            house.send()
    assert metrics(house)[("tallystick_write_failures_total", "OSError")] == 1
    assert house.send().status_code == 200


def test_a_reason_is_a_metric_while_it_stands(house: House) -> None:
    standing = house.operations.service.standing
    standing.begin_stopping()
    told = metrics(house)
    standing.stopping_since_ns = 0
    assert told[("tallystick_ready", "")] == 0
    assert told[("tallystick_not_ready", "stopping")] == 1
    assert ("tallystick_not_ready", "stopping") not in metrics(house)


def test_the_public_port_has_no_metrics(house: House) -> None:
    assert house.client.get("/metrics").status_code == 404


def test_the_operations_port_has_metrics_and_details(house: House) -> None:
    with listening(house.operations.service, "127.0.0.1", free_port()) as port:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=patience_s) as http:
            answer = http.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain; version=")
            assert read(answer.text)[("tallystick_ready", "")] == 1
            assert http.get("/healthz").json()["status"] == "ok"
            assert http.get("/readyz").status_code == 200
            assert http.get("/v1/entries/0").status_code == 404
            assert http.post("/metrics").status_code == 501
        with (
            pytest.raises(OperationsPortTaken),
            listening(house.operations.service, "127.0.0.1", port),
        ):
            pass


def test_without_a_port_nothing_listens(house: House) -> None:
    with listening(house.operations.service, "127.0.0.1", 0) as port:
        assert port == 0


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10)), max_size=60), st.integers(0, 999)
)
def test_a_trail_says_for_how_long_something_beyond_a_size_was_known(
    steps: list[tuple[int, int]], reached: int
) -> None:
    now, size, seen = 0, 0, {}
    trail = Trail(lambda: now)
    for grown, waited in steps:
        size += grown
        seen[size] = now
        trail.saw(size)
        trail.saw(size - 1)
        now += waited
    first = min((known for known in seen if known > reached), default=None)
    assert trail.behind_ns(reached) == (now - seen[first] if first is not None else 0)
