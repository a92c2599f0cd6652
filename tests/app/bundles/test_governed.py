"""Bundles of a log that is governed: policies and operators change, and nobody can leave the newest out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from tests.ledger.governance.acts import enacted, governed_world, new_policy, policy_text, signed
from tests.ledger.governance.epochs import Successor, epoch_of, newest, stopped
from tests.ledger.governance.test_policy import cosigned
from tests.ledger.world import NoteBody, World, core, key

from tallystick.app.bundles.make import make
from tallystick.app.bundles.verify import verify
from tallystick.ledger import Verifier, acts_head, auditor_reader, canonical, heads, log_verifier
from tallystick.ledger.bundle import Pins, Request, errors, layout, pack, unpack
from tallystick.ledger.governance import policy_type

strict = policy_text(rule="3", comment="all of them")


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    """Its policy was changed from two of three to all of them."""
    made = governed_world(sqlite_url, tmp_path / "home")
    enacted(made, policy_type, signed(policy_type, new_policy(policy=strict), "w1", "w2"))
    assert cosigned(made, "w1", "w2", "w3")
    return made


def bundle(world: World) -> dict[str, bytes]:
    with world.reader.open() as snapshot:
        return unpack(make(snapshot, auditor_reader, [Request.of("entry", index=1)]))


def pins(world: World) -> Pins:
    with world.reader.open() as snapshot:
        return Pins(log_keys=(log_verifier(snapshot.view),))


def test_the_policy_in_force_is_the_one_to_which_genesis_leads(world: World) -> None:
    files = bundle(world)
    assert files[layout.policy_file].decode() == strict
    said = verify(pack(files), pins(world))
    (final,) = (one for one in said if one.says == "policy.final")
    assert dict(final.members)["witnesses"] == "w1, w2, w3"
    weak = {**files, layout.policy_file: policy_text().encode()}
    with pytest.raises(errors.PolicyReplaced):
        verify(pack(weak), pins(world))


def test_the_newest_policy_cannot_be_left_out(world: World) -> None:
    """Under the older one, two of three would do."""
    act = next(
        i for i in layout.indexes(bundle(world), "entries") if _type(world, i) == policy_type
    )
    older = {
        name: data
        for name, data in bundle(world).items()
        if name.partition("/")[2].partition(".")[0] != str(act)
    }
    older[layout.policy_file] = policy_text().encode()
    with pytest.raises(errors.Incomplete):
        verify(pack(older), pins(world))
    head = layout.head_file(heads.head_key(*acts_head))
    told = heads.HeadProof.read(canonical.decode(older[head]))
    older[head] = canonical.encode(dataclasses.replace(told, leaves=()).document())
    with pytest.raises(errors.HeadDiffers):
        verify(pack(older), pins(world))
    del older[head]
    with pytest.raises(errors.HeadMissing):
        verify(pack(older), pins(world))


def test_a_new_operators_key_is_reached_from_the_old_one(tmp_path: Path, sqlite_url: str) -> None:
    """Who pinned the lost operator's key years ago verifies what the new one signs."""
    old = governed_world(sqlite_url, tmp_path / "home")
    old.populate()
    old.ledger.seal()
    note = newest(old)[1]
    epoch = epoch_of(note, [stopped(old, name, note) for name in ("w1", "w2")], "w1", "w2")
    other = Successor(old, f"sqlite:///{tmp_path / 'other.sqlite'}", tmp_path / "other")
    other.take_over(epoch)
    new = other.as_world()
    index = new.add(core, "test.note/1", NoteBody(text="under the new operator")).index
    new.ledger.seal()
    assert cosigned(new, "w1", "w2")
    with new.reader.open() as snapshot:
        data = make(snapshot, auditor_reader, [Request.of("entry", index=index)])
    for pinned in (pins(old), pins(new)):
        found = [one.says for one in verify(data, pinned)]
        assert {"signers.proven", "entry.applied"} <= set(found)
    assert pins(old) != pins(new)
    foreign = Pins(log_keys=(Verifier(new.origin, key("300:99/L-NOBODY").private.public),))
    with pytest.raises(errors.WrongLogKey):
        verify(data, foreign)


def _type(world: World, index: int) -> str:
    with world.reader.open() as snapshot:
        return snapshot.row(index).type
