"""How many requests are answered: by caller, by day, by failures; and who is not counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from tests.app.machines.conftest import door_of

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.http import create_app
from tallystick.app.machines.clients import Clients, NewClient
from tallystick.app.machines.errors import QuotaExhausted, RateExceeded
from tallystick.app.machines.limits import Buckets, Quotas, quota_name
from tallystick.app.operations import NodeOperations
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.ledger import SetClock, Store, SystemClock, instant

_ns = 1_000_000_000
root = "99/O-ROOT000000000"


@given(
    st.lists(st.tuples(st.integers(0, 2 * _ns), st.integers(1, 30)), max_size=30), st.integers(1, 7)
)
@budget(max_examples=80, deadline=None)
def test_a_bucket_gives_no_more_than_its_rate_and_what_it_holds(
    steps: list[tuple[int, int]], per_s: int
) -> None:
    now = [0]
    buckets = Buckets(per_s, now_ns=lambda: now[0])
    taken = 0
    for wait, count in steps:
        now[0] += wait
        for _ in range(count):
            try:
                left = buckets.take("a")
            except RateExceeded as refused:
                wait_s = int(refused.headers["Retry-After"])
                assert wait_s >= 1
                before, now[0] = now[0], now[0] + wait_s * _ns
                buckets.require("a")
                now[0] = before
            else:
                taken += 1
                assert 0 <= left < buckets.capacity
        assert taken <= buckets.capacity + now[0] * per_s // _ns + 1
    assert buckets.take("b") == buckets.capacity - 1


def test_without_a_rate_nobody_waits() -> None:
    buckets = Buckets(0)
    assert [buckets.take("a") for _ in range(1000)] == [0] * 1000


def test_a_quota_holds_for_all_processes_together_and_until_midnight(database_url: str) -> None:
    stores = [Store(database_url), Store(database_url)]
    stores[0].migrate()
    clock = SetClock(instant(1_800_000_000_000))
    processes = [Quotas(store, clock, 250) for store in stores]
    taken = [0, 0]
    for turn in range(600):
        try:
            processes[turn % 2].take(root)
            taken[turn % 2] += 1
        except QuotaExhausted:
            continue
    assert sum(taken) == 250
    assert min(taken) > 100
    processes[0].take("99/O-OTHER")
    with stores[0].read() as transaction:
        day = instant(clock.now_ms())[:10]
        assert transaction.daily.of("99/O-OTHER", day, day)[day][quota_name] == 2
    clock.advance(86_400_000)
    processes[1].take(root)
    for store in stores:
        store.close()


def test_a_quota_that_cannot_be_counted_refuses_nobody(tmp_path: Path) -> None:
    """A replica takes no writes; who reads there is counted by its rate."""
    store = Store(f"sqlite:///{tmp_path / 'no-tables.sqlite'}")
    quotas = Quotas(store, SetClock(instant(1_800_000_000_000)), 100)
    for _ in range(5):
        quotas.take(root)
    store.close()


@dataclass
class Tight:
    """A node with small limits."""

    app: Any
    home: Path
    headers: dict[str, str]
    operations: NodeOperations
    before: dict[str, float] = field(default_factory=dict)

    def at(self, address: str) -> TestClient:
        return TestClient(self.app, base_url="https://node.example", client=(address, 5))

    def refused(self, code: str) -> float:
        """How often since the test began."""
        return self.counted(code) - self.before[code]

    def counted(self, code: str) -> float:
        name, labels = "tallystick_requests_turned_away_total", {"code": code}
        return self.operations.service.registry.get_sample_value(name, labels) or 0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tight]:
    tmp_path = tmp_path_factory.mktemp("limits")
    settings = Settings(
        home=tmp_path, database_url=f"sqlite:///{tmp_path / 'log.sqlite'}", verify_processes=0,
        base_url="https://node.example", organisation_requests_per_s=1, stranger_requests_per_s=2,
        organisation_requests_per_day=8,
    )  # fmt: skip
    node = Node.at(settings)
    node.create(NewLog("log.example/limits/simulated", "99/L-LOG0000000000", root, {"en": "Root"}))
    operations = NodeOperations(node)
    made, secret = Clients(node.store, SystemClock()).add(
        NewClient("erp", root, root, ("finance:read",))
    )
    app = create_app(node, None, operations)
    with TestClient(app, base_url="https://node.example", client=("127.0.0.1", 5)) as client:
        form = {"grant_type": "client_credentials"}
        told = client.post("/oauth/token", data=form, auth=(made.id, secret)).json()
        limits = door_of(app).limits
        for buckets in (limits.organisations, limits.strangers, limits.failures):
            # Nothing fills up again while a test runs.
            buckets.now_ns = lambda: 0
        yield Tight(app, tmp_path, {"Authorization": f"Bearer {told['access_token']}"}, operations)


@pytest.fixture
def tight(running: Tight) -> Tight:
    """As if nobody had asked yet."""
    limits = door_of(running.app).limits
    for buckets in (limits.organisations, limits.strangers, limits.failures):
        buckets._full_ns.clear()
    limits.quotas._held[root] = limits.quotas.per_day
    limits.quotas._ended.clear()
    running.before = {
        code: running.counted(code)
        for code in ("quota-exhausted", "rate-exceeded", "failures-too-many")
    }
    return running


path = "/finance/v1/certificates"


def test_an_organisation_is_told_what_is_left_and_when_to_come_again(tight: Tight) -> None:
    client = tight.at("192.0.2.1")
    answers = [client.get(path, headers=tight.headers) for _ in range(9)]
    # The first block of a day's quota comes from the database, the second one is empty.
    assert [one.status_code for one in answers] == [200] * 8 + [429]
    assert answers[0].headers["ratelimit-policy"] == '"rate";q=10;w=10'
    assert [one.headers["ratelimit"] for one in answers[:2]] == ['"rate";r=9;t=1', '"rate";r=8;t=2']
    told = answers[-1]
    assert told.json()["code"] == "quota-exhausted"
    assert told.headers["ratelimit-policy"] == '"day";q=8;w=86400'
    assert 0 < int(told.headers["retry-after"]) <= 86_400
    assert client.get(path, headers=tight.headers).json()["code"] == "quota-exhausted"
    again = client.get(path, headers=tight.headers)
    assert (again.status_code, again.json()["code"]) == (429, "rate-exceeded")
    assert again.headers["retry-after"] == "1"
    assert (tight.refused("quota-exhausted"), tight.refused("rate-exceeded")) == (2, 1)


def test_strangers_are_counted_by_address_and_probes_never(tight: Tight) -> None:
    one, other = tight.at("192.0.2.1"), tight.at("192.0.2.2")
    statuses = [one.get("/log/checkpoint").status_code for _ in range(22)]
    assert statuses.count(429) == 2
    assert one.get("/log/checkpoint").headers["retry-after"] == "1"
    assert other.get("/log/checkpoint").status_code != 429
    assert all(one.get(probe).status_code in (200, 503) for probe in ("/healthz", "/readyz") * 3)
    # Whoever proves who it is, is counted as that, wherever it comes from.
    assert one.get(path, headers=tight.headers).status_code == 200
    # A network of IPv6 is one caller.
    near = [tight.at(f"2001:db8::{n:x}").get("/log/checkpoint").status_code for n in range(21)]
    assert near[-1] == 429
    assert tight.at("2001:db8:0:1::1").get("/log/checkpoint").status_code != 429


def test_this_machine_is_not_counted_but_what_a_proxy_on_it_passes_on(tight: Tight) -> None:
    here = tight.at("127.0.0.1")
    assert all(here.get("/log/checkpoint").status_code != 429 for _ in range(30))
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    statuses = [here.get("/log/checkpoint", headers=forwarded).status_code for _ in range(21)]
    assert statuses[-1] == 429


def test_whoever_fails_too_often_waits(tight: Tight) -> None:
    client = tight.at("192.0.2.9")
    bad = {"Authorization": "Bearer a.b.c"}
    form = {"grant_type": "client_credentials"}
    codes = [client.get(path, headers=bad).json()["code"] for _ in range(45)]
    codes += [
        client.post("/oauth/token", data=form, auth=("C-0", "wrong")).json()["code"]
        for _ in range(17)
    ]
    assert codes[:45] == ["access-token-refused"] * 45
    assert codes[45:60] == ["oauth-client-refused"] * 15
    assert codes[60:] == ["failures-too-many"] * 2
    # The right token waits too, so that nobody learns which one that is; other addresses do not.
    assert client.get(path, headers=tight.headers).status_code == 429
    assert tight.at("192.0.2.10").get(path, headers=tight.headers).status_code == 200
    assert tight.refused("failures-too-many") == 3


def test_readers_that_prove_nothing_wait_too(tight: Tight) -> None:
    """Unknown tokens and those whose time is over, on pages as well as on what is data."""
    home = tight.home
    before = SetClock(instant(SystemClock().now_ms() - 10 * 86_400_000))
    over = {"Authorization": f"Bearer {Readers(home, before).add('over', root)}"}
    unknown = {"Authorization": f"Bearer tally_{'x' * 43}"}
    client = tight.at("192.0.2.11")
    asked = [
        client.get(where, headers=shown).json()["code"]
        for shown in (over, unknown)
        for where in (path, "/certificates") * 15
    ]
    assert asked == ["token-expired"] * 30 + ["token-unknown"] * 30
    good = {"Authorization": f"Bearer {Readers(home).add('good', root)}"}
    for shown in (unknown, good):
        answer = client.get(path, headers=shown)
        assert (answer.status_code, answer.json()["code"]) == (429, "failures-too-many")
    assert tight.at("192.0.2.12").get(path, headers=good).status_code == 200


def test_a_reader_for_an_organisation_is_one_of_its_programs(tight: Tight) -> None:
    """Its token takes from the rate and the quota that others of the organisation take from."""
    reader = {"Authorization": f"Bearer {Readers(tight.home).add('one', root)}"}
    mirror = {"Authorization": f"Bearer {Readers(tight.home).add('all', None)}"}
    client = tight.at("192.0.2.13")
    answers = [
        client.get(path, headers=shown) for _ in range(4) for shown in (reader, tight.headers)
    ]
    assert [one.status_code for one in answers] == [200] * 8
    assert [one.headers["ratelimit"] for one in answers[:2]] == ['"rate";r=9;t=1', '"rate";r=8;t=2']
    for shown in (reader, tight.headers):
        assert client.get(path, headers=shown).json()["code"] == "quota-exhausted"
    # Who reads everything reads for no organisation, and is counted by address.
    statuses = [client.get("/log/checkpoint", headers=mirror).status_code for _ in range(21)]
    assert statuses.count(429) == 1
