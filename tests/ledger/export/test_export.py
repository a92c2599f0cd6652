"""What an export holds, for whom it is cut, and that it grows without ever being half an export."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from tests.ledger.export.folders import audited, filled, names, write
from tests.ledger.world import NoteBody, World, a_vault, core, rules_with_notes, supplier

from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    Entry,
    Envelope,
    Reader,
    TallystickError,
    auditor_reader,
    export,
    public_reader,
    tiles,
    witness,
    witness_reader,
)
from tallystick.ledger.export import folder as writing


def test_the_layout_is_that_of_the_formats(world: World, tmp_path: Path) -> None:
    filled(world, 300)
    done = write(world, tmp_path / "x")
    found = names(tmp_path / "x")
    rest = done.size - 256
    beside = [f"{name}/{n}" for name in ("bodies", "attachments") for n in ("000", f"001.p/{rest}")]
    hashes = ["tile/0/000", f"tile/0/001.p/{rest}", "tile/1/000.p/1"]
    leaves = ["tile/entries/000", f"tile/entries/001.p/{rest}"]
    whole = ["README.md", "README.zh-CN.md", "SHA256SUMS", "checkpoint", "export.json", "policy"]
    with world.reader.open() as snapshot:
        notes = [note for _, note in snapshot.checkpoints()]
        newest = snapshot.checkpoint()
        assert newest is not None
        for n in range(2):
            width = tiles.width_at(0, n, done.size)
            bundle = snapshot.entry_bundle(n, width, auditor_reader)
            assert found[tiles.path("entries", n, width % 256)] == bundle
            assert found[tiles.path(0, n, width % 256)] == snapshot.tile(0, n, width)
    assert sorted(found) == sorted(
        [*beside, *hashes, *leaves, *whole, f"checkpoints/000.p/{len(notes)}"]
    )
    assert found["checkpoint"].decode() == newest[1]
    framed = b"".join(len(n.encode()).to_bytes(4, "big") + n.encode() for n in notes)
    assert found[f"checkpoints/000.p/{len(notes)}"] == framed
    policy = witness.Policy.parse(found["policy"])
    assert [log.verifier for log in policy.logs] == [world.ledger.signer.verifier]
    for text in (found["README.md"], found["README.zh-CN.md"]):
        assert world.ledger.signer.verifier.encode() in text.decode()
    assert "Simulated" in found["README.md"].decode()


def test_a_body_is_framed_with_its_salt(world: World, tmp_path: Path) -> None:
    filled(world)
    write(world, tmp_path / "x")
    data, at = names(tmp_path / "x")["bodies/000.p/30"], 0
    with world.reader.open() as snapshot:
        for index in range(30):
            found = snapshot.disclose(index, auditor_reader)
            size = int.from_bytes(data[at : at + 4], "big")
            assert data[at + 4 : at + 4 + size] == (found.salt or b"") + (found.body or b"")
            payload = Entry.parse(Envelope.parse(found.row.leaf).payload)
            assert hashlib.sha256(data[at + 4 : at + 4 + size]).hexdigest() == payload.body_hash
            at += 4 + size
    assert at == len(data)


def test_sha256sum_agrees(world: World, tmp_path: Path) -> None:
    filled(world)
    write(world, tmp_path / "x")
    checked = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "x", capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_a_second_export_writes_only_what_is_new(any_world: World, tmp_path: Path) -> None:
    world, folder = filled(any_world, 300), tmp_path / "x"
    first = write(world, folder)
    full = [folder / "tile/0/000", folder / "bodies/000", folder / "README.md"]
    before = {path: path.stat().st_mtime_ns for path in full}
    assert (write(world, folder).files, write(world, folder).bytes) == (0, 0)
    world.ledger.append(world.mint(400, start=9000))
    world.ledger.seal()
    second = write(world, folder)
    assert second.size > first.size + 400
    assert {path: path.stat().st_mtime_ns for path in full} == before
    write(world, tmp_path / "fresh")
    assert names(folder) == names(tmp_path / "fresh"), "partial files are replaced, none stays"
    assert audited(world, folder).size == second.size


def test_broken_off_anywhere_it_verifies_as_before_or_as_after(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between two files once would have left sums that fit neither checkpoint."""
    filled(world, 250)
    old = write(world, tmp_path / "x").size
    world.ledger.append(world.mint(300, start=9000))
    world.ledger.seal()
    keep, seen = writing.Fresh.keep, set[int]()
    for step in range(40):
        left = [step]

        def failing(fresh: writing.Fresh, left: list[int] = left) -> str:
            if left[0] == 0:
                raise OSError(28, "No space left on device")
            left[0] -= 1
            return keep(fresh)

        monkeypatch.setattr(writing.Fresh, "keep", failing)
        folder = tmp_path / f"x{step}"
        subprocess.run(["cp", "-r", str(tmp_path / "x"), str(folder)], check=True)
        try:
            write(world, folder)
            break
        except export.ExportUnwritable:
            pass
        size = audited(world, folder).size
        seen.add(size)
        monkeypatch.setattr(writing.Fresh, "keep", keep)
        assert write(world, folder).size > old
        assert audited(world, folder).size > old
    else:
        raise AssertionError("it never came to its end")
    assert step > 8
    assert min(seen) == old
    assert max(seen) > old


@pytest.mark.parametrize("entries", [0, 300])
def test_a_party_gets_what_it_may_read(world: World, tmp_path: Path, entries: int) -> None:
    filled(world, entries)
    done = write(world, tmp_path / "x", Reader.party(supplier))
    found, reader = names(tmp_path / "x"), Reader.party(supplier)
    with world.reader.open() as snapshot:
        told = list(snapshot.disclosed(0, done.size, reader))
        assert [one.body is None for one in told].count(True) > 0
        singles = [name for name in found if name.startswith("entries/")]
        assert singles, "a bundle with entries of others is not for a party"
        for name in singles:
            n = int(name.removeprefix("entries/")[:3])
            data, bodies = found[name], found[name.replace("entries", "bodies")]
            for one in told[n * 256 : n * 256 + 256]:
                leaf, data = _frame(data)
                assert leaf == (one.row.leaf if one.in_bulk else b"")
                body, bodies = _frame(bodies)
                assert body == ((one.salt or b"") + one.body if one.body is not None else b"")
            assert (data, bodies) == (b"", b"")
    with pytest.raises(export.ExportPartial, match=supplier):
        audited(world, tmp_path / "x")


def test_what_readers_decide_is_what_is_cut(world: World, tmp_path: Path) -> None:
    """The bodies of an export are those that `disclose` gives, for each kind of reader."""
    secret = Attachment("text/plain", b"restricted", bytes(32), "restricted")
    shown = Attachment("text/plain", b"public", bytes(32), "public")
    refs = tuple(
        AttachmentRef(hash=a.hash(), type=a.type, size=len(a.data), grade=a.grade)
        for a in (secret, shown)
    )
    said = world.author(core).write(
        "test.note/1", NoteBody(text="mine", attachments=refs), attachments=(secret, shown)
    )
    index = world.append([said])[0].index
    world.ledger.seal()
    held = {}
    readers = {"auditor": auditor_reader, "party": Reader.party(core), "public": public_reader,
               "witness": witness_reader, "other": Reader.party(supplier)}  # fmt: skip
    for kind, reader in readers.items():
        done = write(world, tmp_path / kind, reader)
        data = names(tmp_path / kind)[f"attachments/000.p/{done.size}"]
        held[kind] = {word: word in data for word in (b"restricted", b"public")}
        bodies = names(tmp_path / kind)[f"bodies/000.p/{done.size}"]
        assert (b'"mine"' in bodies) == (kind in ("auditor", "party")), kind
        frames = _attachments(data)[index]
        want = {"auditor": 2, "party": 2}.get(kind, 1)
        assert len(frames) == want, kind
    # What is restricted: for its owner, and auditors.
    assert [kind for kind in held if held[kind][b"restricted"]] == ["auditor", "party"]
    assert all(held[kind][b"public"] for kind in held)


def test_a_folder_of_somebody_else_is_refused(world: World, tmp_path: Path) -> None:
    filled(world)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(export.ExportElsewhere):
        write(world, tmp_path / "mine")
    assert names(tmp_path / "mine") == {"letter.txt": b"dear"}
    write(world, tmp_path / "x")
    with pytest.raises(export.ExportElsewhere, match="auditor"):
        write(world, tmp_path / "x", Reader.party(core))
    other = World(
        f"sqlite:///{tmp_path / 'o.sqlite'}", tmp_path / "o", rules=rules_with_notes(),
        origin="log.example/other/simulated",
    )  # fmt: skip
    other.populate()
    with pytest.raises(export.ExportElsewhere, match=world.origin):
        write(other, tmp_path / "x")
    (tmp_path / "file").write_text("x")
    with pytest.raises(export.ExportUnwritable):
        write(world, tmp_path / "file")


def test_another_history_of_the_same_log_is_refused(world: World, tmp_path: Path) -> None:
    """An operator that forked must not get one folder that holds both histories."""
    filled(world)
    write(world, tmp_path / "x")
    before = names(tmp_path / "x")
    forked = World(f"sqlite:///{tmp_path / 'f.sqlite'}", tmp_path / "f", rules=rules_with_notes())
    forked.populate()
    with pytest.raises(export.ExportElsewhere, match="this store"):
        write(forked, tmp_path / "x")
    forked.ledger.append(forked.mint(90))
    forked.ledger.seal()
    with pytest.raises(export.ExportElsewhere, match="others than here"):
        write(forked, tmp_path / "x")
    assert names(tmp_path / "x") == before


def test_a_first_export_that_broke_off_goes_on(world: World, tmp_path: Path) -> None:
    filled(world)
    write(world, tmp_path / "x")
    for name in ("checkpoint", "SHA256SUMS"):
        (tmp_path / "x" / name).unlink()
    (tmp_path / "x" / ".checkpoint.7.new").write_text("torn")
    assert write(world, tmp_path / "x").files > 8
    assert audited(world, tmp_path / "x").size == 30


def test_an_empty_log_has_nothing_to_export(tmp_path: Path, sqlite_url: str) -> None:
    from tallystick.ledger import Store

    store = Store(sqlite_url, vault=a_vault)
    store.migrate()
    with pytest.raises(TallystickError) as found:
        export.export_log(store, rules_with_notes(), tmp_path / "x", auditor_reader)
    assert found.value.code == "not-sealed"
    assert not (tmp_path / "x").exists()


def _frame(data: bytes) -> tuple[bytes, bytes]:
    size = int.from_bytes(data[:4], "big")
    return data[4 : 4 + size], data[4 + size :]


def _attachments(data: bytes) -> list[list[bytes]]:
    """The frames of each entry."""
    found = []
    while data:
        count, data = int.from_bytes(data[:4], "big"), data[4:]
        frames = []
        for _ in range(count):
            one, data = _frame(data)
            frames.append(one)
        found.append(frames)
    return found
