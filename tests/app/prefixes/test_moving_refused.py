"""What a folder, a key or a proof that is not right is refused as, with nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.prefixes.moved import (
    Two,
    a_url,
    carried,
    create,
    holder_there,
    leave,
    other_origin,
    prefix,
    record,
    register,
    said_nothing,
    vkey,
)
from tests.ledger.world import World, core, root

from tallystick.app.prefixes.coming import arrive
from tallystick.app.prefixes.proving import Wanted
from tallystick.ledger import TallystickError


@pytest.mark.parametrize("what", ["other key", "record", "batch", "proof", "prefix"])
def test_what_is_not_as_it_was_carried_is_refused(tmp_path: Path, what: str) -> None:
    a = World(f"sqlite:///{tmp_path / 'a.sqlite'}", tmp_path / "a")
    a.populate()
    b = World(f"sqlite:///{tmp_path / 'b.sqlite'}", tmp_path / "b", origin=other_origin)
    register(b, root, holder_there)
    two, folder = Two(a, b), tmp_path / "out"
    create(a, core, f"{prefix}/SN-1")
    leave(a, b)
    wanted = carried(two, folder)
    file = folder / "batch-000000.json"
    asked = prefix
    if what == "other key":
        wanted = Wanted(holder_there, "enterprise", vkey(b), a_url)
    elif what == "record":
        file.write_bytes(file.read_bytes().replace(b'\\"x\\"', b'\\"y\\"'))
    elif what == "batch":
        file.unlink()
    elif what == "proof":
        path = folder / "proof.tally"
        path.write_bytes(path.read_bytes().replace(b"log.example/b", b"log.example/c"))
    else:
        asked = "99.100.2"
    with pytest.raises(TallystickError) as caught:
        arrive(b.reader, two.scribe(b, root), asked, folder, wanted, said_nothing)
    wanted_codes = {
        "other key": "bundle-wrong-log-key", "record": "prefix-folder-refused",
        "batch": "prefix-folder-refused", "proof": "bundle-crc-fails",
        "prefix": "prefix-folder-refused",
    }  # fmt: skip
    assert caught.value.code == wanted_codes[what]
    assert record(b, f"{prefix}/SN-1") is None
