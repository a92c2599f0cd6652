"""Restoring a backup: into an empty database, and only what is sound and the newest that is known.

The order is the point. A copy of the backup is checked on the side first: its sums and its form, then whether
anybody knows of something newer, then every erasure that the log records is applied again, then every entry is
replayed. Only then are its rows laid down, in one transaction, read back and compared. Whoever breaks off, by
an error or by pulling the plug, leaves the database empty.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path

from tallystick.ledger.audit import audit
from tallystick.ledger.auditing.audited import Audited
from tallystick.ledger.backup import layout
from tallystick.ledger.backup.beside import Files, Take
from tallystick.ledger.backup.errors import (
    BackupBehind,
    BackupDiffers,
    BackupFileChanged,
    BackupNewer,
    BackupRefused,
    RestoredDiffers,
)
from tallystick.ledger.backup.write import Step, Tick, describe
from tallystick.ledger.checker import Checker
from tallystick.ledger.errors import LogExists, TallystickError
from tallystick.ledger.note import Verifier
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.speaking import KeyDirectory
from tallystick.ledger.start import Claim, HistoryDiffers, lost, read_stored
from tallystick.ledger.store import (
    Store,
    StoreDamaged,
    StoreUnusable,
    compare_tables,
    copy_tables,
    is_empty,
)
from tallystick.ledger.vault import Vault

#: Who claims what about the log in this store: the signer's memory, witnesses, checkpoints kept elsewhere.
Claims = Callable[[Store], Sequence[Claim]]
#: Destroys again what the log of this store says is erased; what it destroyed.
Erase = Callable[[Store], Sized]


@dataclass(frozen=True, slots=True)
class Restored:
    """`claims`: what the backup was held against; `erased`: how many attachments were destroyed again."""

    manifest: layout.Manifest
    audited: Audited
    claims: tuple[Claim, ...]
    erased: int


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup whose files are all there and in their form; `database` is digested when it is copied."""

    folder: Path
    manifest: layout.Manifest
    checkpoint: bytes
    database: str
    beside: Files

    @staticmethod
    def read(folder: Path) -> Backup:
        """Raises `BackupRefused`."""
        sums, beside = layout.read_sums(layout.read_small(folder, layout.sums_file))
        small = {
            name: layout.read_small(folder, name)
            for name in layout.listed_files
            if name != layout.database_file
        }
        for name, data in small.items():
            if hashlib.sha256(data).hexdigest() != sums[name]:
                raise BackupFileChanged(name)
        manifest = layout.Manifest.parse(small[layout.manifest_file])
        database = sums[layout.database_file]
        files = Files(folder, beside)
        return Backup(folder, manifest, small[layout.checkpoint_file], database, files)

    def copy_database(self, path: Path, tick: Tick) -> None:
        """Raises `BackupFileChanged`."""
        hashed, done = hashlib.sha256(), 0
        with layout.open_plain(self.folder, layout.database_file) as source, path.open("wb") as to:
            total = source.seek(0, 2)
            source.seek(0)
            while data := source.read(layout.read_at_once):
                to.write(data)
                hashed.update(data)
                done += len(data)
                tick(done, total)
        if hashed.hexdigest() != self.database:
            raise BackupFileChanged(layout.database_file)


def restore_backup(
    folder: Path,
    target: Store | None,
    rules: RuleSet,
    directory: KeyDirectory,
    checker: Checker,
    claims: Claims,
    scratch: Path,
    step: Step,
    *,
    erase: Erase | None = None,
    pinned: str | None = None,
    verifier: Verifier | None = None,
    vault: Vault | None = None,
    take: Take | None = None,
) -> Restored:
    """Lay a backup down in `target`, or without one only check it. `scratch` takes a copy meanwhile.

    `pinned` is a checkpoint kept elsewhere, `verifier` a pinned log key. Attachments are sealed in a backup: without
    `vault` they are laid down unseen. `take` checks and brings back what lies beside the database.
    Raises `LogExists`, `BackupRefused`, `BackupBehind`, `HistoryDiffers`, or `NotSound`.
    """
    if target is not None:
        _require_empty(target)
    backup = Backup.read(folder)
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="restoring-", dir=scratch) as place:
        path = Path(place) / layout.database_file
        with step("copy") as tick:
            backup.copy_database(path, tick)
        staged = _opened(path, vault)
        try:
            _check_described(staged, rules, backup)
            known = tuple(claims(staged))
            _require_newest(staged, rules, known)
            erased = reapply_erasures(staged, erase)
            with step("audit") as tick:
                audited = audit(
                    staged, rules, directory, checker,
                    pinned=pinned, verifier=verifier, progress=tick,
                ).require_checked()  # fmt: skip
            if take is not None:
                take(staged, backup.beside)
            if target is not None:
                _lay_down(staged, target, step)
        finally:
            staged.close()
    return Restored(backup.manifest, audited, known, erased)


def reapply_erasures(store: Store, erase: Erase | None) -> int:
    """Destroy again what the log of this store says is erased, before anybody reads it; how many there were.

    A backup may be older than an erasure's last step, or be put together from other copies.
    """
    return len(erase(store)) if erase else 0


def _require_empty(target: Store) -> None:
    target.migrate()
    with target.read() as transaction:
        if not is_empty(transaction):
            raise LogExists("a backup is restored into an empty database")


def _opened(path: Path, vault: Vault | None) -> Store:
    """The copy, brought to this version's schema; raises `BackupNewer`, `BackupDiffers`."""
    staged = Store(f"sqlite:///{path}", vault=vault)
    try:
        if not staged.knows_revision():
            raise BackupNewer(f"its schema is {staged.revision()}")
        staged.check_integrity(whole=True)
        staged.migrate()
    except (StoreDamaged, StoreUnusable) as error:
        staged.close()
        raise BackupDiffers(f"{layout.database_file}: {error.detail}") from None
    except BackupRefused:
        staged.close()
        raise
    return staged


def _check_described(staged: Store, rules: RuleSet, backup: Backup) -> None:
    """Manifest and checkpoint are those of the database; raises `BackupDiffers`."""
    told = backup.manifest
    try:
        with staged.read() as transaction:
            found, note = describe(transaction, rules, told.made, told.engine, told.schema_revision)
    except TallystickError as error:
        raise BackupDiffers(f"{layout.database_file}: {error.diagnosis()}") from None
    if note.encode() != backup.checkpoint:
        raise BackupDiffers(f"{layout.checkpoint_file} is not the newest one in the database")
    # A migration may have made tables that the backup's version did not know.
    same = told.schema_revision == staged.revision()
    rows = {name: count for name, count in found.rows.items() if same or name in told.rows}
    for name, ours in {**dict(found), "rows": rows}.items():
        if ours != getattr(told, name):
            raise BackupDiffers(
                f"{layout.manifest_file}, {name}: {getattr(told, name)}, not {ours}"
            )


def _require_newest(staged: Store, rules: RuleSet, claims: Sequence[Claim]) -> None:
    """Raises `BackupBehind` or `HistoryDiffers` if somebody has a claim that this backup does not keep."""
    try:
        with staged.read() as transaction:
            stored = read_stored(transaction, rules, claims)
    except StoreDamaged as error:
        raise BackupDiffers(f"{layout.database_file}: {error.detail}") from None
    missing = lost(stored, [*claims, *([stored.newest] if stored.newest else [])])
    if isinstance(missing, HistoryDiffers):
        raise missing
    if missing is not None:
        raise BackupBehind(missing.detail.replace("the database", "the backup", 1))


def _lay_down(staged: Store, target: Store, step: Step) -> None:
    """Every row, in one transaction, and read back before it is committed."""
    with staged.read() as source, target.write() as transaction:
        if not is_empty(transaction):
            raise LogExists("a backup is restored into an empty database")
        with step("restore") as tick:
            copy_tables(source, transaction, tick)
        try:
            compare_tables(source, transaction)
        except StoreDamaged as error:
            raise RestoredDiffers(error.detail) from None
