"""Writing a backup: one snapshot while the log goes on, written beside and renamed when it is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tallystick.ledger.backup import layout
from tallystick.ledger.backup.beside import Put
from tallystick.ledger.backup.errors import BackupExists, BackupUnwritable
from tallystick.ledger.backup.readme import readme
from tallystick.ledger.durable import sync_path
from tallystick.ledger.errors import NoLog
from tallystick.ledger.finality import cosigned_note
from tallystick.ledger.governance import log_verifier
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.signer import SignerMemory
from tallystick.ledger.start import Claim, lost, read_stored
from tallystick.ledger.store import Store, StoredView, Transaction, TreeState, count_rows

Tick = Callable[[int, int], None]
#: Gives a bar for a step of this name.
Step = Callable[[str], AbstractContextManager[Tick]]


@dataclass(frozen=True, slots=True)
class BackedUp:
    manifest: layout.Manifest
    bytes: int


def write_backup(
    store: Store,
    rules: RuleSet,
    folder: Path,
    memory: SignerMemory,
    made: str,
    step: Step,
    put: Put | None = None,
) -> BackedUp:
    """Write everything as of now into a new folder; `made` is the instant that it states, `put` adds what lies beside.

    Raises `BackupExists`, `BackupUnwritable`, and `DataLost` or `StoreDamaged` rather than back up a database
    that lost what was signed: a good backup is not to be rotated away by it.
    """
    if folder.exists() or folder.is_symlink():
        raise BackupExists(str(folder))
    remembered = Claim("the signer's memory", *memory.load())
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh.mkdir(mode=0o700)
        done = _write(store, rules, fresh, remembered, made, step, put)
        fresh.rename(folder)
        sync_path(folder.parent)
        return done
    except OSError as error:
        raise BackupUnwritable(f"{folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write(
    store: Store,
    rules: RuleSet,
    fresh: Path,
    remembered: Claim,
    made: str,
    step: Step,
    put: Put | None,
) -> BackedUp:
    path = fresh / layout.database_file
    path.touch(mode=0o600)
    with step("copy") as tick:
        store.copy_into_file(path, tick)
    copied = Store(f"sqlite:///{path}")
    try:
        with step("check"):
            manifest, note = _described(copied, rules, remembered, made, store.dialect)
        beside = put(copied, fresh) if put else ()
    finally:
        copied.close()
    Store.make_standalone(path)
    small = {
        layout.checkpoint_file: note.encode(),
        layout.manifest_file: manifest.encode(),
        layout.readme_file: readme(manifest).encode(),
    }
    for name, data in small.items():
        (fresh / name).write_bytes(data)
    names = (*layout.listed_files, *beside)
    sums = {name: layout.digest_of(fresh / name) for name in names}
    (fresh / layout.sums_file).write_bytes(layout.write_sums(sums))
    folders = {str(one) for name in beside for one in Path(name).parents}
    for name in (*names, layout.sums_file, *sorted(folders), ""):
        sync_path(fresh / name)
    return BackedUp(manifest, sum((fresh / name).stat().st_size for name in names))


def _described(
    copied: Store, rules: RuleSet, remembered: Claim, made: str, engine: str
) -> tuple[layout.Manifest, str]:
    """What is in the copy, and its newest checkpoint; raises `DataLost`, `StoreDamaged`."""
    with copied.read() as transaction:
        error = lost(read_stored(transaction, rules, [remembered]), [remembered])
        if error is not None:
            raise error
        told = describe(transaction, rules, made, engine, copied.revision())
    copied.check_integrity(whole=True)
    return told


def describe(
    transaction: Transaction, rules: RuleSet, made: str, engine: str, revision: str
) -> tuple[layout.Manifest, str]:
    """The manifest of what this snapshot holds, and its newest checkpoint; empty if there is none yet."""
    tree, newest = transaction.tree(), transaction.checkpoint()
    if tree is None:
        raise NoLog("the database is empty")
    log = log_verifier(StoredView(transaction, rules))
    size = newest[0] if newest else 0
    manifest = _manifest(
        tree, log.name, log.encode(), size, made, engine, revision, count_rows(transaction)
    )
    return manifest, cosigned_note(transaction, newest) if newest else ""


def _manifest(
    tree: TreeState,
    origin: str,
    log_key: str,
    checkpoint: int,
    made: str,
    engine: str,
    revision: str,
    rows: dict[str, int],
) -> layout.Manifest:
    return layout.Manifest(
        backup=layout.format_version,
        origin=origin,
        log_key=log_key,
        size=tree.size,
        root=tree.root.hex(),
        state=tree.state.hex(),
        sealed=tree.block_size,
        checkpoint=checkpoint,
        made=made,
        engine=engine,
        schema_revision=revision,
        rows=rows,
    )
