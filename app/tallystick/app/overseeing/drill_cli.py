"""`tallystick drill`: whether what is backed up can be restored, tried before it is needed, with a dated record."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.minting.backing import LeavesInBackup
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.ledger import (
    NotSound,
    Replication,
    Store,
    SystemClock,
    TallystickError,
    backup,
    instant,
    replace_durably,
    start,
)

console = Console()
failed_exit = 1
folder_name = "drills"


def drill(
    scratch: Annotated[
        Path | None,
        typer.Option(help="A folder with room for two copies of the log; the system's by default."),
    ] = None,
) -> None:
    """Back the log up, restore it into a scratch place, audit it there, compare, and write a dated record.

    The log may be served meanwhile. Exit code 1 if what was restored is not what is there.
    """
    node = Node.existing(Settings())
    record: dict[str, Any] = {
        "began": instant(SystemClock().now_ms()),
        "origin": str(node.genesis()["origin"]),
    }
    began_ns = time.monotonic_ns()
    place = Path(tempfile.mkdtemp(prefix="tallystick-drill-", dir=scratch))
    try:
        record |= _tried(node, place, record["began"])
    except TallystickError as error:
        record |= {"result": "failed", "problem": error.code, "detail": error.detail}
    finally:
        shutil.rmtree(place, ignore_errors=True)
    record["elapsed_ms"] = (time.monotonic_ns() - began_ns) // 1_000_000
    file = _keep(node, record)
    console.print_json(data=record)
    console.print(f"Kept in {file}", markup=False, highlight=False, soft_wrap=True)
    if record["result"] != "restored":
        sys.exit(failed_exit)


def _tried(node: Node, place: Path, made: str) -> dict[str, Any]:
    """Raises what stands in the way of a restore."""
    leaves = LeavesInBackup(node)
    done = backup.write_backup(
        node.store, node.rules, place / "backup", node.memory(), made, progress, leaves.put
    )
    target = Store(f"sqlite:///{place / 'restored.sqlite3'}", Replication(), vault=node.store.vault)
    checker = node.checker()
    try:
        found = backup.restore_backup(
            place / "backup", target, node.rules, node.directory, checker, _claims_of(node),
            place / "scratch", progress, vault=node.store.vault, take=leaves.check,
        )  # fmt: skip
        with target.read() as transaction:
            tree = transaction.tree()
    except NotSound as finding:
        return {"result": "not-sound", "detail": finding.detail}
    finally:
        checker.close()
        target.engine.dispose()
    told = done.manifest
    same = tree is not None and tree.size == told.size
    return {
        "result": "restored" if same else "differs",
        "entries": told.size,
        "checkpoint": told.checkpoint,
        "root": tree.root.hex() if tree else "",
        "bytes": done.bytes,
        "attachments_unseen": found.audited.attachments.unseen,
        "held_against": [f"{one.who}: {one.size}" for one in found.claims],
    }


def _claims_of(node: Node) -> Any:
    """It must reach what the signer remembers."""

    def claims(_store: Store) -> list[start.Claim]:
        size, root = node.memory().load()
        return [start.Claim("the signer's memory", size, root)] if size else []

    return claims


def _keep(node: Node, record: dict[str, Any]) -> Path:
    """One file for each drill, named by when it began."""
    folder = node.settings.folder / folder_name
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{record['began'].replace(':', '')}.json"
    replace_durably(file, orjson.dumps(record, option=orjson.OPT_INDENT_2))
    return file
