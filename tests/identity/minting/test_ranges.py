"""Ranges of suffixes for sites that go offline."""

from __future__ import annotations

from typing import Any

import pytest
from tests.identity.minting.minted import Mint, code, on_both, prefix, record
from tests.ledger.world import core, supplier

from tallystick.identity import CreateHandles, HandleRecord
from tallystick.identity.minting.bodies import ReleaseRange, ReserveRange

reserve, release = "identity.range.reserve/1", "identity.range.release/1"
later = "2026-01-09T00:00:00.000Z"


def range_of(site: str, **more: Any) -> ReserveRange:
    told = {
        "prefix": prefix, "label": "S1-", "digits": 6, "first": 100, "count": 50,
        "site": site, "until": later,
    }  # fmt: skip
    return ReserveRange.model_validate({**told, **more})


def create(mint: Mint, suffix: str, author: str) -> str:
    handle = HandleRecord(handle=f"{prefix}/{suffix}", values=record)
    return code(mint.say("identity.handle.create/1", CreateHandles(handles=(handle,)), author))


def wait(mint: Mint, time: str) -> None:
    """Until a block bears a later ledger time."""
    mint.world.clock.set(time)
    mint.world.ledger.seal(force=True)


@on_both
def test_only_the_site_registers_in_its_range(mint: Mint) -> None:
    site = mint.device(core, "site-1", "service")
    assert code(mint.say(reserve, range_of(site))) == ""
    for suffix in ("S1-000100", "s1-000149"):
        assert create(mint, suffix, core) == "range-reserved"
        assert create(mint, suffix, site) == ""
    for free in ("S1-000099", "S1-000150", "S1-0000120", "S2-000120", "000120", "S1-"):
        assert create(mint, free, core) == ""


@on_both
def test_what_a_site_did_not_use_is_free_when_its_time_has_come(mint: Mint) -> None:
    site = mint.device(core, "site-1", "service")
    mint.say(reserve, range_of(site))
    assert create(mint, "S1-000100", site) == ""
    wait(mint, "2026-01-09T00:00:01.000Z")
    assert create(mint, "S1-000101", core) == ""
    assert create(mint, "S1-000102", site) == ""
    other = mint.device(core, "site-2", "service")
    assert code(mint.say(reserve, range_of(other, until="2026-02-01T00:00:00.000Z"))) == ""
    assert create(mint, "S1-000103", site) == "range-reserved"
    with mint.look() as view:
        assert len(view.find("range-by-prefix", prefix)) == 1
    mint.world.audit()


def test_a_range_is_released_early_by_its_site_or_its_firm(mint: Mint) -> None:
    site, other = mint.device(core, "site-1", "service"), mint.device(core, "site-2", "service")
    mint.say(reserve, range_of(site))
    gone = ReleaseRange(prefix=prefix, label="S1-", digits=6, first=100)
    assert code(mint.say(release, gone, supplier)) == "not-entitled"
    assert code(mint.say(release, gone, other)) == "not-entitled"
    assert code(mint.say(release, gone, site)) == ""
    assert code(mint.say(release, gone, site)) == "range-refused"
    assert create(mint, "S1-000100", core) == ""


@pytest.mark.parametrize(
    ("more", "expected"),
    [({"first": 149, "count": 1}, "range-taken"), ({"first": 99, "count": 2}, "range-taken"),
     ({"first": 0, "count": 1000}, "range-taken"), ({"label": "s1-"}, "range-taken"),
     ({"first": 150}, ""), ({"digits": 7}, ""), ({"label": "S2-"}, ""),
     ({"first": 999_999, "count": 2, "label": "X"}, "range-refused"),
     ({"until": "2026-01-05T00:00:00.000Z", "label": "X"}, "range-refused"),
     ({"prefix": "99.100.2"}, "not-entitled"),
     ({"site": "99.100.2/scanner-1", "label": "X"}, "not-entitled"),
     ({"site": "99.100.1/nobody", "label": "X"}, "unknown-party"),
     ({"label": "A\u0301-"}, "handle-refused")],
)  # fmt: skip
def test_ranges_do_not_overlap(mint: Mint, more: dict[str, Any], expected: str) -> None:
    site = mint.device(core, "site-1", "service")
    mint.say(reserve, range_of(site))
    assert code(mint.say(reserve, range_of(**{"site": site, **more}))) == expected


@pytest.mark.parametrize("label", ["S1", "a/b-", "a b-", "x" * 41])
def test_labels_end_in_no_digit(label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        range_of("99.100.1/site-1", label=label)
