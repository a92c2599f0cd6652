"""Export of a log into an empty folder, and import of that folder into an empty store.

The export's reference copies the same files; that of the import inserts the same rows with the bare driver,
in one transaction as well, without reading, verifying, judging or hashing anything.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.bare import bare_database, recording
from bench.context import Bench
from bench.log import BenchLog, batches, bench_log
from bench.measure import Result, Row, Spent, median_rate, size_name, spend

from tallystick.app.bootstrap import rule_set
from tallystick.identity import Directory
from tallystick.ledger import Checker, Store, auditor_reader, export, vault

captures_share = 10


def rows(bench: Bench) -> Iterator[Result]:
    """Entries per second of an SQLite log of handle entries, every tenth (of the first size) a capture."""
    exported, imported = _Series(), _Series()
    checker = bench.checker(Checker.processes_sensible())
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        log.append(
            batches(log.captures(bench.scale.sizes[0] // captures_share), bench.scale.batch_entries)
        )
        for size in bench.scale.sizes:
            log.fill(size)
            log.ledger.seal(force=True)
            folder = bench.new_folder()
            exported.add(size, *_export(log, folder, 1 if exported.growth else bench.scale.rounds))
            imported.add(size, *_import(bench, folder / "0", checker))
            shutil.rmtree(folder)
    yield exported.row("export of an SQLite log", "copying the same files (cp -r)")
    yield imported.row(
        "import into SQLite: verified, judged, laid down",
        "the bare driver inserting the same rows in one transaction",
    )


class _Series:
    """Ours by size; the reference and its details at the first size."""

    def __init__(self) -> None:
        self.growth: dict[str, float] = {}
        self._reference = 0.0
        self._details: dict[str, float | str] = {}

    def add(
        self, size: int, ours: list[Spent], bare: list[Spent], details: dict[str, float | str]
    ) -> None:
        self.growth[size_name(size)] = median_rate(ours)
        self._reference = self._reference or median_rate(bare)
        self._details = self._details or details

    def row(self, name: str, against: str) -> Row:
        ours = next(iter(self.growth.values()))
        return Row(name, ours, self._reference, "entries/s", against, self.growth, self._details)


def _export(
    log: BenchLog, folder: Path, rounds: int
) -> tuple[list[Spent], list[Spent], dict[str, float | str]]:
    """Each time into a folder of its own; the first one stays for the import."""
    ours: list[Spent] = []
    bare: list[Spent] = []
    for n in range(rounds):
        ours.append(spend(partial(_exported, log, folder / f"{n}")))
        bare.append(spend(partial(_copied, log, folder / "0", folder / f"copy{n}")))
    again = spend(lambda: _exported(log, folder / "0"))
    size = sum(path.stat().st_size for path in (folder / "0").rglob("*") if path.is_file())
    return ours, bare, {"bytes": size, "again with nothing new, ms": 1000 * again.wall_s}


def _exported(log: BenchLog, folder: Path) -> int:
    return export.export_log(log.store, log.rules, folder, auditor_reader).size


def _copied(log: BenchLog, source: Path, target: Path) -> int:
    shutil.copytree(source, target)
    return log.size()


def _import(
    bench: Bench, folder: Path, checker: Checker
) -> tuple[list[Spent], list[Spent], dict[str, float | str]]:
    rules = rule_set()
    with bench.sqlite() as url, bench.sqlite() as bare_url:
        store = Store(url, vault=vault.Vault(vault.MemoryKeys()))
        store.migrate()
        with recording() as written:
            ours = spend(
                lambda: (
                    export.import_log(
                        export.Export(folder), store, rules, Directory(), checker
                    ).size
                )
            )
        store.close()
        with bare_database(bare_url) as bare:

            def insert() -> int:
                bare.insert(written)
                return ours.count

            return [ours], [spend(insert)], {"verifying processes": checker.processes}
