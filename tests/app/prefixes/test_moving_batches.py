"""Codes of a batch after a move: each resolves, is proven and is seen once; the secret travels sealed, or stays."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from tests.app.prefixes.moved import (
    Two,
    a_url,
    carried,
    come,
    holder_there,
    leave,
    other_origin,
    prefix,
    vkey,
)
from tests.identity.minting.minted import Mint, code

from tallystick.app.minting import proving
from tallystick.app.prefixes.codes import Move, came_along
from tallystick.app.prefixes.proving import Wanted
from tallystick.app.prefixes.sealing import Receiving
from tallystick.identity import referral, resolve
from tallystick.identity.minting.bodies import Positions, VoidSerials
from tallystick.identity.minting.folder import Folder
from tallystick.identity.minting.lookup import IssuedCodes
from tallystick.identity.minting.types import seen_type, void_type
from tallystick.ledger import TallystickError, Verifier

batch, count = "0001", 300


@dataclass
class Moving:
    """A prefix with a batch of which one code is seen and nine are void."""

    two: Two
    mint: Mint
    codes: list[str]
    out: Path
    home: Path

    def leave(self, receiver: str | None) -> Wanted:
        leave(self.two.a, self.two.b, receiver=receiver)
        return carried(self.two, self.out, self.mint.folder)

    def there(self) -> Mint:
        found = Mint.of(self.two.b, self.home)
        found.pen.author = found.pen.organisation = holder_there
        return found


@pytest.fixture
def moving(two_files: Two, tmp_path: Path) -> Moving:
    mint = Mint.of(two_files.a, tmp_path / "home-a")
    mint.home.mkdir()
    _, codes = mint.issue(count)
    assert code(mint.say(seen_type, mint.seen(codes[0]))) == ""
    nine = (Positions(start=0, count=9),)
    void = VoidSerials(prefix=prefix, batch=batch, reason="spoilt", positions=nine)
    assert code(mint.say(void_type, void)) == ""
    return Moving(two_files, mint, codes, tmp_path / "out", tmp_path / "home-b")


def test_every_code_works_there_as_here(moving: Moving) -> None:
    a, b = moving.two.a, moving.two.b
    receiver = Receiving(moving.home, prefix).public()
    assert Receiving(moving.home, prefix).public() == receiver
    wanted = moving.leave(receiver)
    for _ in range(2):
        come(moving.two, moving.out, wanted, moving.home)
    here, there = IssuedCodes(moving.mint.folder), IssuedCodes(Folder(moving.home))
    with a.reader.open() as one, b.reader.open() as two:
        for handle in moving.codes:
            was, now = resolve(one.view, handle, None, here), resolve(two.view, handle, None, there)
            assert was is not None, handle
            assert now is not None, handle
            assert (was.handle, was.values, was.deleted) == (now.handle, now.values, now.deleted)
            assert now.owner == holder_there
        assert resolve(two.view, f"{prefix}/{batch}{'0' * 16}", None, there) is None
        voided = [one for one in moving.codes if moving.there().find(one).proof.position < 9]  # type: ignore[union-attr]
        assert len(voided) == 9
        # Proven offline, by the log that issued it.
        free = next(one for one in moving.codes[1:] if one not in voided)
        proof = proving.read(proving.prove(two, there, free).encode())
    assert proving.check(proof, Verifier.parse(vkey(a))).origin == a.origin
    # Seen once, in one of the two logs.
    mint = moving.there()
    seen = mint.seen(free)
    assert code(moving.mint.say(seen_type, seen)) == "prefix-elsewhere"
    assert code(mint.say(seen_type, seen, holder_there)) == ""
    assert code(mint.say(seen_type, seen, holder_there)) == "already-registered"
    assert code(mint.say(seen_type, mint.seen(voided[0]), holder_there)) == "serial-voided"
    assert code(mint.say(seen_type, mint.seen(moving.codes[0]), holder_there)) in (
        "already-registered", "serial-voided",
    )  # fmt: skip
    # A new batch gets the next number.
    assert mint.issue(3)[0].batch == "0002"


def test_the_secret_is_in_nothing_that_travels(moving: Moving) -> None:
    wanted = moving.leave(Receiving(moving.home, prefix).public())
    key = moving.mint.folder.key(prefix, batch)
    files = [path.read_bytes() for path in moving.out.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert not any(key in data or key.hex().encode() in data for data in files)
    assert not any(one.encode() in data for data in files for one in moving.codes[1:])
    come(moving.two, moving.out, wanted, moving.home)
    assert Folder(moving.home).key(prefix, batch) == key
    assert list((moving.home / "keys" / "moves").iterdir()) == []


def test_without_a_receiver_the_secret_stays_and_codes_are_asked_for_there(moving: Moving) -> None:
    come(moving.two, moving.out, moving.leave(None), moving.home)
    folder = Folder(moving.home)
    assert not folder.has_key(prefix, batch)
    with moving.two.b.reader.open() as snapshot:
        assert resolve(snapshot.view, moving.codes[0]) is not None
        for handle in moving.codes[1:]:
            found = resolve(snapshot.view, handle, None, IssuedCodes(folder))
            assert found is not None or referral(snapshot.view, handle) == a_url
    # Who asked there has all that it takes to say here that it was seen.
    mint, last = moving.there(), moving.codes[-1]
    assert code(mint.say(seen_type, moving.mint.seen(last), holder_there)) in ("", "serial-voided")


def test_what_came_along_of_a_batch_is_checked(moving: Moving, tmp_path: Path) -> None:
    moving.leave(Receiving(moving.home, prefix).public())
    with moving.two.a.reader.open() as snapshot:
        row = snapshot.view.get("prefix-move", prefix)
        assert row is not None
        body = orjson.loads(snapshot.stored_body(row["done"]))  # type: ignore[index]
    move = Move(prefix, moving.two.a.origin, other_origin)
    assert came_along(moving.out, move, body["secrets"], moving.home)[0].key is not None
    refused = {
        "leaves": "leaves-damaged", "root": "prefix-secrets-not-opened",
        "sealed": "prefix-secrets-not-opened", "known": "prefix-codes-refused",
        "file": "prefix-codes-refused", "form": "prefix-codes-refused",
        "name": "prefix-codes-refused", "base64": "prefix-codes-refused",
        "elsewhere": "prefix-secrets-not-opened", "receiver": "prefix-secrets-not-opened",
        "no receiver": "prefix-secrets-not-opened",
    }  # fmt: skip
    for what, wanted in refused.items():
        folder, home = tmp_path / what, moving.home
        shutil.copytree(moving.out, folder)
        _spoil(folder / "codes", what)
        if what in ("receiver", "no receiver"):
            home = tmp_path / f"{what} home"
        if what == "receiver":
            Receiving(home, prefix).public()
        meant = Move(prefix, move.here, "log.example/c") if what == "elsewhere" else move
        with pytest.raises(TallystickError) as caught:
            came_along(folder, meant, body["secrets"], home)
        assert caught.value.code == wanted, what


def _spoil(codes: Path, what: str) -> None:
    leaves, told = codes / f"{batch}.leaves", codes / f"{batch}.json"
    row = orjson.loads(told.read_bytes())
    if what == "leaves":
        data = bytearray(leaves.read_bytes())
        data[100] ^= 1
        leaves.write_bytes(data)
    elif what == "root":
        leaves.unlink()
        row["root"] = "0" * 64
    elif what == "sealed":
        row["sealed"] = "AAAA" + row["sealed"][4:]
    elif what == "base64":
        row["sealed"] = "A"
    elif what == "known":
        row["known"] = "0" * 64
    told.write_bytes(b"{" if what == "form" else orjson.dumps(row))
    if what == "file":
        told.unlink()
    elif what == "name":
        told.rename(codes / "0002.json")
