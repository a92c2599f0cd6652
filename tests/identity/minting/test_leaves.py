"""The file of a batch's leaves: paths of RFC 6962, damage told, the same by several processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.identity.minting.minted import Mint, prefix

from tallystick.identity.minting import leaves, making, proofs
from tallystick.identity.minting.folder import Folder
from tallystick.ledger import merkle


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 257, 511, 1000, 1025])
def test_paths_are_those_of_rfc_6962(tmp_path: Path, count: int) -> None:
    folder = Folder(tmp_path)
    with folder.alone(prefix):
        root = making.make(folder, making.Order(prefix, "0001", count), lambda _drawn: None)
    with folder.leaves(prefix, "0001") as kept:
        frontier = merkle.Frontier()
        for position in range(count):
            frontier.append(kept.leaf(position))
            assert kept.find(kept.leaf(position)) == position
        assert frontier.root() == root == kept.root()
        for position in {0, count // 2, count - 1}:
            path = kept.path_of(position)
            merkle.verify_inclusion(kept.leaf(position), position, count, path, root)
        assert kept.find(bytes(32)) is None
        assert kept.find(b"\xff" * 32) is None


def test_a_damaged_file_of_leaves_is_told_and_resolves_nothing(mint: Mint) -> None:
    found, told = mint.issue(300)
    path = mint.folder.leaves_path(prefix, found.batch)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(leaves.LeavesDamaged):
        mint.folder.leaves(prefix, found.batch)
    assert mint.find(told[0]) is None
    spoilt = bytearray(whole)
    spoilt[100] ^= 1
    path.write_bytes(spoilt)
    with mint.folder.leaves(prefix, found.batch) as kept, pytest.raises(leaves.LeavesDamaged):
        kept.check(bytes.fromhex(found.root))


def test_processes_make_the_same_kind_of_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "pool_serials_min", 1)
    monkeypatch.setattr(making, "chunk_serials", 700)
    folder, told = Folder(tmp_path), list[bytes]()
    with folder.alone(prefix):
        root = making.make(folder, making.Order(prefix, "0001", 1500, 1), told.extend)
    key = folder.key(prefix, "0001")
    with folder.leaves(prefix, "0001") as kept:
        kept.check(root)
        for one in told:
            handle = f"{prefix}/{one.decode()}"
            leaf = proofs.leaf_of(proofs.salt_of(key, handle), handle)
            assert kept.find(leaf) is not None
    assert len(set(told)) == 1500
