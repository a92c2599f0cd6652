"""A lease to the hour and to the handle: quota, renewal and expiry at their edges, in any order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.identity.prefixes.two_logs import Log, firm, hour, root

from tallystick.identity import CreateHandles, HandleRecord, HandPrefix, RenewPrefix, prefix_data
from tallystick.identity.minting import IssueBatch

prefix = "99.1"
few = settings(max_examples=60, deadline=None)


def leased() -> Log:
    log = Log(0)
    log.let(prefix, firm)
    return log


def create(log: Log, start: int, count: int, time: str) -> str:
    made = tuple(HandleRecord(handle=f"{prefix}/SN-{start + n}", values=()) for n in range(count))
    return log.say(firm, "handle.create", CreateHandles(handles=made), time)


def renew(log: Log, time: str = hour(0), quota: int | None = None, until: str | None = None) -> str:
    return log.say(root, "prefix.renew", RenewPrefix(prefix=prefix, quota=quota, expires=until), time)  # fmt: skip


@few
@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=8), st.integers(1, 12))
def test_a_quota_is_used_up_to_the_last_handle_and_never_beyond(
    made: list[tuple[int, bool]], quota: int
) -> None:
    log, used = leased(), 0
    assert renew(log, quota=quota) == "accepted"
    for number, (count, batch) in enumerate(made):
        if batch:
            body = IssueBatch(prefix=prefix, batch=f"{number + 1:04d}", count=count, root="1" * 64, record=())  # fmt: skip
            told = log.say(firm, "batch", body)
        else:
            told = create(log, 10 * number, count, hour(0))
        assert told == ("accepted" if used + count <= quota else "quota-reached")
        used += count if told == "accepted" else 0
        found = prefix_data(log.state, prefix)
        assert found is not None
        assert (found["used"], found["quota"]) == (used, quota)
    # What is left is exactly what is left.
    assert create(log, 1000, quota - used + 1, hour(0)) == "quota-reached"
    if quota > used:
        assert create(log, 1000, quota - used, hour(0)) == "accepted"


@few
@given(st.lists(st.tuples(st.sampled_from([None, 1, 3, 6]), st.integers(0, 4)), max_size=6))
def test_counting_begins_with_a_quota_and_ends_without_one(
    steps: list[tuple[int | None, int]],
) -> None:
    log, used, limit, start = leased(), 0, None, 0
    for quota, count in steps:
        assert renew(log, quota=quota) == "accepted"
        # A renewal counts on; only a lease without a quota forgets what was used.
        used, limit = (used if quota is not None and limit is not None else 0), quota
        if count:
            fits = limit is None or used + count <= limit
            assert create(log, start, count, hour(0)) == ("accepted" if fits else "quota-reached")
            used += count if fits and limit is not None else 0
            start += count
        found = prefix_data(log.state, prefix)
        assert found is not None
        assert found["used"] == (used if limit is not None else None)


@few
@given(st.integers(1, 30), st.lists(st.integers(0, 40), min_size=1, max_size=6).map(sorted))
def test_a_lease_ends_at_its_hour_and_a_later_one_begins_again(end: int, hours: list[int]) -> None:
    log = leased()
    assert renew(log, until=hour(end)) == "accepted"
    for number, now in enumerate(hours):
        told = create(log, number, 1, hour(now))
        assert told == ("prefix-withdrawn" if now >= end else "accepted")
        found = prefix_data(log.state, prefix)
        assert found is not None
        if told == "accepted":
            assert found["state"] == "active"
    last = hours[-1]
    assert renew(log, hour(last), until=hour(last)) == "lease-refused"
    assert renew(log, hour(last), until=hour(last + 1)) == "accepted"
    assert create(log, 100, 1, hour(last)) == "accepted"
    assert create(log, 101, 1, hour(last + 1)) == "prefix-withdrawn"
    # Once it has run out, whoever let it hands it on, and its holder does not.
    hand = HandPrefix(prefix=prefix, holder="99/O-B")
    assert log.say(firm, "prefix.hand", hand, hour(last + 1)) == "not-entitled"
    assert log.say(root, "prefix.hand", hand, hour(last + 1)) == "accepted"
    assert log.say(root, "prefix.hand", hand, hour(last)) == "not-entitled"
