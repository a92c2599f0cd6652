"""Parts of a batch for other makers and devices, and codes that were spoilt."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import pytest
from tests.identity.minting.minted import Mint, code, on_both, prefix
from tests.ledger.world import core, supplier

from tallystick.identity import resolve, speaker
from tallystick.identity.minting import batches, rules
from tallystick.identity.minting.bodies import (
    AssignBatch,
    DeviceShare,
    IssueBatch,
    Positions,
    Proven,
    Share,
    VoidSerials,
)
from tallystick.identity.minting.lookup import IssuedCodes
from tallystick.ledger import Act, Body, Change, MemoryState, RuleError

assign, void, seen = "identity.batch.assign/1", "identity.void/1", "identity.seen/1"
plates, makers, machines = 4_700_000, 62, 153


def shares(*told: Share, batch: str = "0001") -> AssignBatch:
    return AssignBatch(prefix=prefix, batch=batch, shares=told)


def at(mint: Mint, told: list[str], low: int, high: int) -> str:
    """A code whose position lies in [low, high)."""
    for handle in told:
        found = mint.find(handle)
        if found and low <= found.proof.position < high:
            return handle
    raise AssertionError((low, high))


@on_both
def test_each_says_seen_of_what_was_assigned_to_it(mint: Mint) -> None:
    _, told = mint.issue(40)
    printers = [mint.device(supplier, f"printer-{n}") for n in range(2)]
    own = mint.device(core, "printer-9")
    given = shares(
        Share(to=supplier, start=0, count=20,
              devices=(DeviceShare(to=printers[0], start=0, count=5),)),
        Share(to=own, start=20, count=5),
    )  # fmt: skip
    assert code(mint.say(assign, given)) == ""
    handed_on = shares(Share(to=printers[1], start=5, count=5))
    assert code(mint.say(assign, handed_on, supplier)) == ""
    allowed = {
        (0, 5): {supplier, printers[0]}, (5, 10): {supplier, printers[1]},
        (10, 20): {supplier, *printers}, (20, 25): {core, own}, (25, 40): {core, own},
    }  # fmt: skip
    for (low, high), who in allowed.items():
        handle = at(mint, told, low, high)
        for author in (core, supplier, own, *printers):
            with mint.look() as view:
                batch = batches.require(view, prefix, "0001")
                position = mint.seen(handle).position
                may = batches.may_see(view, batch, position, speaker(view, author))
            assert may == (author in who), (low, author)
        stranger = supplier if supplier not in who else core
        assert code(mint.say(seen, mint.seen(handle), stranger)) == "not-entitled"
    maker = at(mint, told, 10, 20)
    assert code(mint.say(seen, mint.seen(maker), supplier)) == ""
    with mint.look() as view:
        record: Any = view.get("handle", maker)
    assert (record["owner"], record["made_by"]) == (core, supplier)


def test_the_issuer_speaks_for_a_scan_of_whoever_may(mint: Mint) -> None:
    _, told = mint.issue(10)
    printer = mint.device(supplier, "printer-1")
    mint.say(assign, shares(Share(to=supplier, start=0, count=5)))
    handle = at(mint, told, 0, 5)
    own = mint.device(core, "printer-2")
    assert code(mint.say(seen, mint.seen(handle, by=own))) == "not-entitled"
    assert code(mint.say(seen, mint.seen(handle, by=printer), own)) == "not-entitled"
    assert code(mint.say(seen, mint.seen(handle, by="99.100/O-NOBODY0000000"))) == "unknown-party"
    assert code(mint.say(seen, mint.seen(handle, by=printer))) == ""


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [(Share(to=supplier, start=9, count=2), "positions-taken"),
     (Share(to=supplier, start=0, count=1), "positions-taken"),
     (Share(to=supplier, start=4, count=2), "positions-taken"),
     (Share(to="99.100/O-NOBODY0000000", start=5, count=1), "unknown-party"),
     (Share(to="99.100/P-MAKER00000000", start=5, count=1), "not-entitled"),
     (Share(to=supplier, start=5, count=2,
            devices=(DeviceShare(to="99.100.1/scanner-1", start=5, count=1),)), "not-entitled"),
     (Share(to=supplier, start=5, count=2,
            devices=(DeviceShare(to="99.100.2/scanner-1", start=5, count=3),)), "positions-taken"),
     (Share(to=supplier, start=5, count=3,
            devices=(DeviceShare(to="99.100.2/scanner-1", start=5, count=2),
                     DeviceShare(to="99.100.2/scanner-1", start=6, count=2))), "positions-taken")],
)  # fmt: skip
def test_what_cannot_be_assigned(mint: Mint, wanted: Share, expected: str) -> None:
    mint.issue(10)
    assert code(mint.say(assign, shares(Share(to=supplier, start=0, count=5)))) == ""
    assert code(mint.say(assign, shares(wanted))) == expected
    with mint.look() as view:
        assert len(list(batches.require(view, prefix, "0001").shares())) == 1


def test_nobody_else_assigns(mint: Mint) -> None:
    mint.issue(10)
    told = shares(Share(to=supplier, start=0, count=5))
    assert code(mint.say(assign, told, supplier)) == "not-entitled"
    assert code(mint.say(assign, shares(*told.shares, batch="0002"))) == "batch-unknown"


def test_shares_of_one_entry_do_not_overlap(mint: Mint) -> None:
    mint.issue(10)
    told = shares(Share(to=supplier, start=0, count=5), Share(to=core, start=4, count=2))
    assert code(mint.say(assign, told)) == "positions-taken"


def proven(mint: Mint, handle: str) -> Proven:
    return Proven.model_validate(
        {
            name: value
            for name, value in mint.seen(handle).model_dump().items()
            if name not in ("batch", "by")
        }
    )


@on_both
def test_spoilt_codes_are_void_for_ever(mint: Mint) -> None:
    _, told = mint.issue(20)
    one, by_place = told[0], at(mint, told[1:], 5, 15)
    place = mint.seen(by_place).position
    early = mint.seen(one), mint.seen(by_place)
    body = VoidSerials(
        prefix=prefix, batch="0001", reason="spoilt", codes=(proven(mint, one),),
        positions=(Positions(start=place, count=1),),
    )  # fmt: skip
    before = mint.world.reader
    with before.open() as snapshot:
        size = snapshot.size()
    assert code(mint.say(void, body)) == ""
    for given in early:
        assert code(mint.say(seen, given)) == "serial-voided"
    assert code(mint.say(void, body)) == "serial-voided"
    again = body.model_copy(update={"codes": ()})
    assert code(mint.say(void, again)) == "positions-taken"
    with mint.look() as view:
        codes = IssuedCodes(mint.folder)
        for handle in (one, by_place):
            shown = resolve(view, handle, issued=codes)
            assert shown is not None
            assert shown.deleted is not None
            assert shown.deleted["reason"] == "spoilt"
            assert shown.values == ()
            then = resolve(view, handle, at=size - 1, issued=codes)
            assert then is not None
            assert then.deleted is None
    mint.world.audit()


def test_only_who_has_codes_voids_them(mint: Mint) -> None:
    _, told = mint.issue(20)
    printer = mint.device(supplier, "printer-1")
    mint.say(assign, shares(Share(to=supplier, start=0, count=10)))
    run = VoidSerials(
        prefix=prefix, batch="0001", reason="lost", positions=(Positions(start=2, count=3),)
    )
    wide = run.model_copy(update={"positions": (Positions(start=8, count=4),)})
    assert code(mint.say(void, run, printer)) == "not-entitled"
    assert code(mint.say(void, wide, supplier)) == "not-entitled"
    assert code(mint.say(void, run, supplier)) == ""
    assert code(mint.say(void, wide)) == ""
    used = at(mint, told, 12, 20)
    mint.say(seen, mint.seen(used))
    spoilt = VoidSerials(prefix=prefix, batch="0001", reason="spoilt", codes=(proven(mint, used),))
    assert code(mint.say(void, spoilt)) == "already-registered"


def test_4_700_000_plates_for_62_makers_and_153_devices_in_one_entry() -> None:
    """The rule alone, over a state of 62 firms with 153 machines: every plate has one maker and one machine."""
    state, owner = MemoryState(), "99.100/O-ORDER00000000"
    firms = [f"99.100/O-MAKER{number:08d}" for number in range(makers)]
    told = [Change("organisation", firm, {"name": {}}) for firm in (owner, *firms)]
    at_firm: dict[str, list[str]] = {firm: [] for firm in firms}
    for number in range(machines):
        firm = firms[number % makers]
        at_firm[firm].append(f"{prefix}/machine-{number}")
        told.append(Change("device", at_firm[firm][-1], {"organisation": firm}))
    told.append(Change("prefix", prefix, {"holder": owner, "role": "enterprise"}))
    state.apply(told)
    cuts = [plates * number // machines for number in range(machines + 1)]
    given, place = list[Share](), 0
    for firm in firms:
        runs = list(pairwise(cuts[place : place + len(at_firm[firm]) + 1]))
        place += len(runs)
        devices = tuple(
            DeviceShare(to=device, start=low, count=high - low)
            for device, (low, high) in zip(at_firm[firm], runs, strict=True)
        )
        size = sum(one.count for one in devices)
        given.append(Share(to=firm, start=runs[0][0], count=size, devices=devices))
    body = AssignBatch(prefix=prefix, batch="0001", shares=tuple(given))
    assert len(body.encode()) < 20_000
    batch = IssueBatch(prefix=prefix, batch="0001", count=plates, root="ab" * 32)
    state.apply(rules.issue(state, act(owner, "identity.batch/1", batch)))
    state.apply(rules.assign(state, act(owner, assign, body)))
    found = batches.require(state, prefix, "0001")
    everybody = [speaker(state, device) for devices in at_firm.values() for device in devices]
    assert list(accumulate(share.count for share in given))[-1] == plates
    for position in range(0, plates, 99_991):
        may = [who.handle for who in everybody if batches.may_see(state, found, position, who)]
        assert len(may) == 1
        assert batches.made_for(state, found, position) == speaker(state, may[0]).organisation
    assert not batches.may_see(state, found, 0, speaker(state, owner))
    with pytest.raises(RuleError):
        rules.assign(state, act(owner, assign, body))


def act(author: str, entry_type: str, body: Body) -> Act[Any]:
    time = "2026-01-05T01:00:00.000Z"
    return Act(1, entry_type, author, "id", "00" * 32, time, body)
