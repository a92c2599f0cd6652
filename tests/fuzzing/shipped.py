"""Which functions of shipped code read what came from outside: found in the sources, so that none is forgotten."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.lint.source import shipped

#: Public functions and static or class methods of these names read something.
reads = re.compile(r"(parse|decode|open|read|load|from|unpack|restore)(_\w+)?")

#: Those that read nothing from outside, or nothing by themselves; each with its reason.
no_parsers: dict[str, str] = {
    "app.applications.desk.Desk.read": "our own rows, with their sealed parts",
    "app.applications.kept.read": "a model of pydantic: by the routes of applications in tests/fuzzing/test_routes.py",
    "app.applications.kept.read_people": "a model of pydantic: by the routes of applications in tests/fuzzing/test_routes.py",
    "app.files.read_model": "a model of pydantic, of a file of its own operator",
    "app.bank_files.parts.read_parts": "in `read_notification`",
    "app.backup_cli.restore_log": "a command around `Backup.read`",
    "app.keys_cli.restore": "a command around `read_key_backup`",
    "app.link_cli.parse": "a command around `digital_link.parse`",
    "app.saying.read_draft": "one entry of what `read_batch` reads",
    "app.main.load": "a command of ours",
    "app.imports.facts.RowReader.read": "of a table that `read_trade` reads",
    "app.imports.mapping.open_mapped": "`open_table` with a map; in `read_trade`",
    "app.log_cli.open_note": "a command around `Note.read` and `open_checkpoint`",
    "app.scan_cli.decode": "a command around `scanners.decode`",
    "app.witness.home.WitnessHome.open": "takes a lock",
    "finance.statements.answering.read_answers": "rows that `app.statements.answers.read_answers` reads",
    "finance.calendars.views.open_proposals": "of the state",
    "finance.financing.quotes.open_quote": "a document of the state",
    "finance.matching.open_lines.open_for": "a document of the state",
    "finance.matching.open_lines.open_to_confirm": "a document of the state",
    "finance.receivables.certificates.load_book": "a document of the state",
    "identity.codes.scheme.Scheme.parse": "in `identity.codes.parse`",
    "identity.digital_link.compressed.layout.read_text": "of bits; in `identity.digital_link.expand_path`",
    "identity.digital_link.compressed.layout.read_value": "of bits; in `identity.digital_link.expand_path`",
    "identity.exchange.table.read_rows": "in `read_csv`",
    "identity.native.values.read_value": "of a cursor; in `read_resolved`",
    "ledger.auditing.looking.unpack": "what our own process packed",
    "ledger.auditing.signatures.unpack_seen": "what our own process packed",
    "ledger.backup.layout.open_plain": "opens a file",
    "ledger.backup.layout.read_small": "reads bytes of a file",
    "ledger.backup.restore.Backup.read": "tests/ledger/backup/test_damage.py",
    "ledger.backup.restore.restore_backup": "tests/ledger/backup/test_damage.py",
    "ledger.bls.key.QuorumKey.from_seed": "32 bytes of one's own",
    "ledger.bundle.listed.open_heads": "in `open_bundle`",
    "ledger.erasure.listed.read_erasures": "of the state",
    "ledger.export.folder.ReadFolder.open": "opens a file",
    "ledger.export.folder.ReadFolder.read": "reads bytes of a file",
    "ledger.finality.read_finality": "of the state",
    "ledger.heads.pages.Pages.load": "a protocol",
    "ledger.heads.pages.MemoryPages.load": "out of a dict",
    "ledger.keys.PrivateKey.from_seed": "32 bytes of one's own",
    "ledger.reader.LogReader.open": "a snapshot of the database",
    "ledger.service.Ledger.open": "the database: tests/ledger/test_faults.py",
    "ledger.signer.SignerMemory.load": "a protocol",
    "ledger.start.look.read_stored": "the database: tests/ledger/start",
    "ledger.store.attached.Held.open": "the database: tests/ledger/vault",
    "ledger.store.copying.read_rows": "the database",
    "ledger.store.scratch_heads._CachedPages.load": "the audit's own file",
    "ledger.store.transaction.open_or_spoilt": "the database: tests/ledger/vault",
    "ledger.store.database.Store.read": "a transaction",
    "ledger.store.heads.Heads.load": "the database",
    "ledger.store.heads.PastPages.load": "the database",
    "ledger.store.sightings.Sightings.open": "the database",
    "ledger.store.sightings.Sightings.open_names": "the database",
    "ledger.store.unwritten_heads.UnwrittenHeads.load": "the database",
    "ledger.tile_files.PublicTiles.read": "the database",
    "ledger.vault.key_backup.restore_keys": "`read_key_backup`, and a file of one's own",
    "ledger.vault.master.MasterKeyRow.read": "in `read_key_backup`",
    "ledger.vault.sealing.Vault.open": "authenticated: tests/ledger/vault",
    "scanners.store.Store.read": "the scanner's own database",
}


@cache
def readers() -> set[str]:
    """`part.module.Class.function` of every one of them."""
    found: set[str] = set()
    for source in shipped():
        module = re.sub(r"^\w+/tallystick/|\.py$|/__init__\.py$", "", source.path).replace("/", ".")
        found |= {f"{module}.{name}" for name in _public(source.tree) if _reads(name)}
    return found


def _reads(name: str) -> bool:
    return reads.fullmatch(name.rpartition(".")[2]) is not None


def _public(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}"
