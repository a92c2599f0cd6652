"""A batch from its issue to its codes: resolved, proven, seen, and nothing of it guessed or made twice."""

from __future__ import annotations

import random
import shutil
import stat
from pathlib import Path

import pytest
from tests.identity.minting.minted import Mint, code, on_both, prefix, record
from tests.ledger.world import core, supplier

from tallystick.identity import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    RenewHandle,
    resolve,
)
from tallystick.identity.minting import proofs, serials
from tallystick.identity.minting.bodies import IssueBatch, Seen
from tallystick.identity.minting.folder import Folder
from tallystick.identity.minting.lookup import IssuedCodes
from tallystick.ledger import Reader, auditor_reader, export, public_reader

issued_in_every_run = 2_000


def test_a_hundred_codes_of_a_batch_prove_themselves_and_no_other_does(mint: Mint) -> None:
    found, told = mint.issue(issued_in_every_run)
    assert len(set(told)) == issued_in_every_run
    root = bytes.fromhex(found.root)
    with mint.look() as view:
        codes = IssuedCodes(mint.folder)
        for handle in random.sample(told, 100):
            one = codes.find(view, handle.lower())
            assert one is not None
            proofs.verify(handle, one.proof, found.count, root)
            other = told[0] if handle != told[0] else told[1]
            with pytest.raises(proofs.SerialNotProven):
                proofs.verify(other, one.proof, found.count, root)
        unknown = [one.decode() for one in serials.draw(found.batch, 100)]
        assert [codes.find(view, f"{prefix}/{one}") for one in unknown] == [None] * 100
    with mint.folder.leaves(prefix, found.batch) as kept:
        kept.check(root)


def test_the_log_holds_one_small_entry_whatever_the_count(mint: Mint) -> None:
    small, _ = mint.issue(3, "a.ndjson")
    large, _ = mint.issue(5000, "b.ndjson")
    with mint.world.reader.open() as snapshot:
        sizes = [
            len(snapshot.row(one.index).leaf) + len(snapshot.stored_body(one.index))
            for one in (small, large)
        ]
    assert sizes[1] - sizes[0] < 10
    assert (small.batch, large.batch) == ("0001", "0002")


@on_both
def test_a_code_resolves_as_issued_and_an_unknown_one_as_unknown(mint: Mint) -> None:
    found, told = mint.issue(10)
    codes = IssuedCodes(mint.folder)
    other = f"{prefix}/{serials.draw(found.batch, 1)[0].decode()}"
    with mint.look() as view:
        shown = resolve(view, told[3].lower(), issued=codes)
        assert shown is not None
        assert shown.handle == told[3]
        assert {value.type: value.value for value in shown.values}["NAME"] == "号牌"
        state = {value.type: value.value for value in shown.values}["TALLYSTICK.ISSUED"]
        assert state["state"] == "issued, not yet seen"
        proof = proofs.Proof(
            bytes.fromhex(state["salt"]), state["position"], proofs.path_of(state["path"])
        )
        proofs.verify(told[3], proof, 10, bytes.fromhex(found.root))
        assert resolve(view, other, issued=codes) is None
        assert resolve(view, told[3]) is None
        assert resolve(view, told[3], at=found.index - 1, issued=codes) is None
        assert resolve(view, told[3], at=found.index, issued=codes) is not None


@on_both
def test_seen_makes_a_record_like_any_other_once(mint: Mint) -> None:
    found, told = mint.issue(10)
    body = mint.seen(told[0])
    assert code(mint.say("identity.seen/1", body)) == ""
    assert code(mint.say("identity.seen/1", body)) == "already-registered"
    codes = IssuedCodes(mint.folder)
    with mint.look() as view:
        shown = resolve(view, told[0], issued=codes)
        assert shown is not None
        assert [value.type for value in shown.values] == ["NAME"]
        assert shown.owner == core
        before = resolve(view, told[0], at=found.index, issued=codes)
        assert before is not None
        assert "TALLYSTICK.ISSUED" in [value.type for value in before.values]
    mint.world.audit()


@pytest.mark.parametrize("what", ["salt", "position", "path", "short", "handle", "batch", "none"])
def test_seen_without_its_proof_is_refused(mint: Mint, what: str) -> None:
    _, told = mint.issue(10)
    good = mint.seen(told[0])
    changed = {
        "salt": {"salt": "00" * 32},
        "position": {"position": (good.position + 1) % 10},
        "path": {"path": ("11" * 32, *good.path[1:])},
        "short": {"path": good.path[1:]},
        "handle": {"handle": told[1]},
        "batch": {"batch": "0002"},
        "none": {"handle": good.handle.replace("/0001", "/0003")},
    }[what]
    answer = mint.say("identity.seen/1", good.model_copy(update=changed))
    assert code(answer) in ("serial-not-proven", "serial-refused")
    with mint.look() as view:
        assert view.get("handle", told[0]) is None


@on_both
def test_codes_of_a_batch_are_never_registered_otherwise_nor_again(mint: Mint) -> None:
    found, told = mint.issue(10)
    unknown = f"{prefix}/{serials.draw(found.batch, 1)[0].decode()}"
    for handle in (told[0], told[0].lower(), unknown):
        body = CreateHandles(handles=(HandleRecord(handle=handle, values=record),))
        assert code(mint.say("identity.handle.create/1", body)) == "batch-issued"
    assert code(mint.say("identity.seen/1", mint.seen(told[1]))) == ""
    gone = DeleteHandle(handle=told[1], reason="destroyed")
    assert code(mint.say("identity.handle.delete/1", gone)) == ""
    again = RenewHandle(handle=told[1], values=record)
    assert code(mint.say("identity.handle.renew/1", again)) == "batch-issued"


@on_both
def test_a_number_is_used_once_and_by_the_prefixs_holder_alone(mint: Mint) -> None:
    mint.issue(5)
    again = IssueBatch(prefix=prefix, batch="0001", count=7, root="ab" * 32)
    assert code(mint.say("identity.batch/1", again)) == "already-registered"
    foreign = again.model_copy(update={"batch": "0009"})
    assert code(mint.say("identity.batch/1", foreign, supplier)) == "not-entitled"
    with pytest.raises(ValueError, match="without a batch"):
        IssueBatch(prefix=prefix, batch="0000", count=7, root="ab" * 32)
    with pytest.raises(ValueError, match="less than or equal"):
        IssueBatch(prefix=prefix, batch="0002", count=2**25 + 1, root="ab" * 32)


def test_without_k_a_copy_of_everything_else_yields_no_code(mint: Mint, tmp_path: Path) -> None:
    """A thief of database, leaves and labels of other batches has leaves alone: no salt, no code."""
    found, told = mint.issue(50)
    copy = tmp_path / "stolen"
    shutil.copytree(tmp_path / "minted", copy / "minted")
    with mint.look() as view:
        assert IssuedCodes(Folder(copy)).find(view, told[0]) is None
        Folder(copy).new_key(prefix, found.batch)
        assert IssuedCodes(Folder(copy)).find(view, told[0]) is None
    mint.world.ledger.seal()
    export.export_log(mint.world.store, mint.world.rules, copy / "export", auditor_reader)
    stolen = [*tmp_path.glob("*.sqlite*"), *(tmp_path / "home").rglob("*"), *copy.rglob("*")]
    stolen = [path for path in stolen if path.is_file() and path.suffix != ".key"]
    shown = b"".join(path.read_bytes() for path in stolen)
    assert found.root.encode() in shown
    key = mint.folder.key(prefix, found.batch)
    secrets = [key, key.hex().encode(), *(handle.rpartition("/")[2].encode() for handle in told)]
    secrets += [proofs.salt_of(key, handle) for handle in told]
    assert [one for one in secrets if one in shown] == []


def test_the_secret_is_for_its_owner_alone_and_in_no_label_file(mint: Mint, tmp_path: Path) -> None:
    found, _ = mint.issue(20)
    (path,) = (tmp_path / "keys" / "batches").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(found.labels.stat().st_mode) == 0o600
    assert mint.folder.key(prefix, found.batch).hex() not in found.labels.read_text()


def test_seen_is_for_the_owner_the_maker_and_nobody_else_to_read(mint: Mint) -> None:
    _, told = mint.issue(3)
    answer = mint.say("identity.seen/1", mint.seen(told[0]))
    with mint.world.reader.open() as snapshot:
        assert snapshot.disclose(answer.index, Reader.party(core)).body is not None
        assert snapshot.disclose(answer.index, Reader.party(supplier)).body is None
        assert snapshot.disclose(answer.index, public_reader).body is None
    assert isinstance(mint.seen(told[1]), Seen)
