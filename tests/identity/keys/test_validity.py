"""Whether a key was valid at an index: what answers says the same as what judged the entries then."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.identity import Directory, KeyUnknown, key_at, keys_at
from tallystick.ledger import Change, MemoryState, PrivateKey

owner = "99.100.1/scanner-1"
jwk = PrivateKey.from_seed(b"7" * 32).public.jwk()


def state_of(**more: Any) -> MemoryState:
    row = {"jwk": jwk, "custody": "hardware", "types": ["trace.capture/1"], "since": 10, **more}
    state = MemoryState()
    state.apply([Change("key", owner, row, "300")])
    return state


def at(index: int, **more: Any) -> tuple[str, bool, str]:
    found = key_at(state_of(**more), f"300:{owner}", index)
    return found.state, found.is_suspect, found.document()["binding"]


ended = {"until": 21, "reason": "lost"}
rotated = {"until": 21, "reason": "replaced", "replaced_by": f"301:{owner}"}
bound = {"bound": {"index": 15}}


@pytest.mark.parametrize(
    ("index", "more", "told"),
    [
        (9, {}, ("not-yet", False, "self-held")),
        (10, {}, ("valid", False, "self-held")),
        (10**9, {}, ("valid", False, "self-held")),
        (20, ended, ("valid", False, "self-held")),
        (21, ended, ("revoked", False, "self-held")),
        (20, rotated, ("valid", False, "self-held")),
        (21, rotated, ("rotated", False, "self-held")),
        (21, {**ended, "reason": "replaced"}, ("revoked", False, "self-held")),
        (14, {**ended, "suspect_from": 15}, ("valid", False, "self-held")),
        (15, {**ended, "suspect_from": 15}, ("valid", True, "self-held")),
        (14, bound, ("valid", False, "self-held")),
        (15, bound, ("valid", False, "CA-bound")),
    ],
)
def test_at_the_edges(index: int, more: dict[str, Any], told: tuple[str, bool, str]) -> None:
    assert at(index, **more) == told


@settings(max_examples=50)
@given(st.integers(0, 30), st.integers(0, 30), st.none() | st.integers(0, 30))
def test_it_says_what_the_log_judged_by(index: int, since: int, lasts: int | None) -> None:
    more = {} if lasts is None else {"until": since + lasts, "reason": "left"}
    state = state_of(since=since, **more)
    record = Directory().key(state, f"300:{owner}")
    assert record is not None
    assert (key_at(state, f"300:{owner}", index).state == "valid") == record.valid_at(index)


def test_keys_of_a_handle_come_in_order_and_unknown_ones_are_named() -> None:
    state = state_of()
    for number in ("1000", "301"):
        state.apply([Change("key", owner, dict(state_of().get("key", owner, "300") or {}), number)])
    assert [one.key.partition(":")[0] for one in keys_at(state, owner, 10)] == [
        "300",
        "301",
        "1000",
    ]
    assert keys_at(state, "99.1/nobody", 10) == []
    for odd in ("299:" + owner, owner, "", "300:"):
        with pytest.raises(KeyUnknown):
            key_at(state, odd, 10)
