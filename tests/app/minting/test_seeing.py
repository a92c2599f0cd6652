"""A code of a batch becomes a record when it is first scanned, by who may scan it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.minting.stage import Stage
from tests.identity.minting.minted import code, prefix
from tests.ledger.world import core, key, supplier

from tallystick.identity import AddDevice, minting


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    """On SQLite, or where `on_both` says."""
    engine = "postgres" if getattr(request, "param", "sqlite") == "postgresql" else "sqlite"
    return Stage(tmp_path, request.getfixturevalue(f"{engine}_url"))


on_both = pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)


@on_both
def test_the_first_scan_of_a_code_makes_it_a_record_and_an_item(stage: Stage) -> None:
    codes = stage.issue(20)
    answer = stage.scan(codes[:5])
    assert code(answer) == ""
    for handle in codes[:5]:
        record = stage.seen(handle)
        assert record is not None
        assert record["owner"] == core
        assert record["since"] < answer.index
    assert stage.seen(codes[5]) is None
    again = stage.scan(codes[:6], action="OBSERVE", step="packing")
    assert code(again) == ""
    assert stage.seen(codes[5]) is not None
    stage.world.audit()


def test_a_guessed_code_is_refused_by_name_and_the_stream_goes_on(stage: Stage) -> None:
    codes = stage.issue(5)
    guess = f"{prefix}/0001" + minting.new_suffix()[4:]
    assert code(stage.scan([guess])) in ("unregistered-item", "malformed-event")
    assert code(stage.scan(codes[:1])) == ""


def test_nobody_elses_signature_has_a_code_seen(stage: Stage) -> None:
    """Whoever copied a label sends a capture in a scanner's name, signed by another key."""
    codes = stage.issue(5)
    forged = stage.scan(codes[:1], key_of="99.100.2/scanner-1")
    assert forged.index < 0
    assert stage.seen(codes[0]) is None
    assert code(stage.scan(codes[:1])) == ""


def test_a_buyer_may_be_the_first_to_scan_what_is_assigned_to_nobody(stage: Stage) -> None:
    codes = stage.issue(5)
    answer = stage.scan(codes[:1], "99.100.2/scanner-1", action="OBSERVE", step="receiving")
    assert code(answer) == ""
    assert stage.seen(codes[0]) is not None


@on_both
def test_what_is_assigned_is_scanned_first_by_its_maker(stage: Stage) -> None:
    codes = stage.issue(10)
    share = minting.Share(to=supplier, start=0, count=10)
    told = minting.AssignBatch(prefix=prefix, batch="0001", shares=(share,))
    stage.world.add(core, minting.assign_type, told)
    stranger = stage.scan(codes[:1])
    assert code(stranger) == "unregistered-item"
    assert stage.seen(codes[0]) is None
    made = stage.scan(codes[:1], "99.100.2/scanner-1")
    assert code(made) == ""
    record = stage.seen(codes[0])
    assert record is not None
    assert record["made_by"] == supplier
    with stage.node.look() as view:
        item = view.get("item", codes[0])
    assert item is not None
    assert (item["maker"], item["custodian"]) == (supplier, supplier)
    later = stage.scan(codes[:1], action="OBSERVE", step="storing")
    assert code(later) == ""


def test_a_node_without_the_issuers_key_keeps_captures_out_by_name(stage: Stage) -> None:
    codes = stage.issue(3)
    next(iter((stage.home / "keys").glob("*.pem"))).unlink()
    assert code(stage.scan(codes[:1])) == "unregistered-item"
    stage.node.keys.add(key(f"300:{core}"))
    assert code(stage.scan(codes[:1])) == ""


def test_a_machine_scans_only_what_was_assigned_to_it(stage: Stage) -> None:
    codes = stage.issue(10)
    for number in range(2):
        device = f"99.100.2/press-{number}"
        body = AddDevice(device=device, organisation=supplier, purpose="printer")
        stage.world.add(supplier, "identity.device.add/1", body)
        stage.world.add_key(supplier, device)
    devices = tuple(
        minting.DeviceShare(to=f"99.100.2/press-{number}", start=5 * number, count=5)
        for number in range(2)
    )
    share = minting.Share(to=supplier, start=0, count=10, devices=devices)
    stage.world.add(
        core, minting.assign_type, minting.AssignBatch(prefix=prefix, batch="0001", shares=(share,))
    )
    found = stage.mint.find(codes[0])
    assert found is not None
    own, other = ("press-0", "press-1")[:: 1 if found.proof.position < 5 else -1]
    assert code(stage.scan(codes[:1], f"99.100.2/{other}")) == "unregistered-item"
    assert code(stage.scan(codes[:1], f"99.100.2/{own}")) == ""
