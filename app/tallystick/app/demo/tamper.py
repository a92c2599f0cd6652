"""A copy of the database with one byte changed, and the audit that finds it."""

from __future__ import annotations

from pathlib import Path

from tallystick.app.bootstrap import Node
from tallystick.ledger import Checker, InvariantError, NotSound, Store, audit

copy_name = "changed-copy.sqlite3"


def change_one_byte(node: Node, folder: Path, index: int) -> str:
    """Copy the store to SQLite, change one byte of the body at `index`, audit; the finding's words."""
    path = folder / copy_name
    for stale in folder.glob(f"{copy_name}*"):
        stale.unlink()
    copy = Store(f"sqlite:///{path}", vault=node.store.vault)
    node.store.copy_to(copy)
    with node.reader.open() as snapshot:
        body = snapshot.stored_body(index)
    copy.close()
    data = bytearray(path.read_bytes())
    place = data.find(body)
    if place < 0:
        raise InvariantError(f"the body of entry {index} is not in the copy")
    data[place + len(body) // 2] ^= 0x01
    path.write_bytes(data)
    changed = Store(f"sqlite:///{path}", vault=node.store.vault)
    try:
        audit(changed, node.rules, node.directory, Checker())
    except NotSound as finding:
        return finding.detail
    finally:
        changed.close()
    raise InvariantError("the audit did not find the changed byte")
