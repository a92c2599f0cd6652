"""Parsers of what runs beside the log: hand-over, backups, keys, anchors, statements of mirrors."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import orjson
from tests.fuzzing import samples
from tests.fuzzing.engine import Parser, text
from tests.fuzzing.ledger_parsers import document, kept
from tests.fuzzing.vectors import encoded

from tallystick.app.handover import Address
from tallystick.app.handover.serving import read_names
from tallystick.app.handover.wire import (
    read_answers,
    read_problem,
    read_submissions,
    write_answers,
    write_submissions,
)
from tallystick.app.reads.cli import read_proof
from tallystick.app.webhooks.addresses import parse_target
from tallystick.app.webhooks.hooks import read_wish
from tallystick.contracts.key import PublisherKey
from tallystick.contracts.values import read_address
from tallystick.ledger import (
    Answer,
    Busy,
    PrivateKey,
    RuleSet,
    SetClock,
    Submission,
    erasure,
    reads,
    vault,
)
from tallystick.ledger.anchor import Claim, Place
from tallystick.ledger.backup.layout import Manifest, listed_files, read_sums, write_sums
from tallystick.ledger.entry import Attachment
from tallystick.ledger.erasure.statement import open_erasure_statement
from tallystick.ledger.vault.key_backup import read_key_backup, write_key_backup

time = "2026-03-05T08:00:00.000Z"


def _file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    return lambda data: kept(data, name, lambda: read(samples.folder() / name))


def _submissions() -> list[bytes]:
    attached = (Attachment("text/plain", b"a paper", bytes(32)),)
    ours = [
        Submission(b"{}", b"{}", bytes(32)),
        Submission(b"{}", b"{}", bytes(32), attached),
    ]
    return [write_submissions(ours[:1]), write_submissions(ours)]


def _answers() -> list[bytes]:
    good = Answer("99.1/O-1", "id", 3, "00" * 32, "accepted", None, time)
    bad = Answer("99.1/O-1", "id", problem=Busy("256 batches wait"))
    return [write_answers([good], {"payload": "AA=="}), write_answers([bad], None)]


def _manifest() -> list[bytes]:
    made = Manifest(
        backup=1, origin="example.org/log", log_key="example.org/log+00000000+AA==", size=9,
        root="00" * 32, state="00" * 32, sealed=9, checkpoint=9, made=time, engine="sqlite",
        schema_revision="0009", rows={"entry": 9},
    )  # fmt: skip
    return [made.encode()]


def _claims() -> list[bytes]:
    place = Place(1, "0x" + "ab" * 20, bytes(32), 7, bytes(32), time)
    return [Claim(place, bytes(32)).encode()]


@cache
def _keys() -> bytes:
    keys = vault.KeyFile(samples.folder() / "master" / "keys.json")
    keys.make_current()
    return write_key_backup(keys, SetClock(time))


def statements() -> list[bytes]:
    told = erasure.ErasureStatement(
        mirror="example.org/mirror", origin="example.org/log", scope="full", reader="", size=9,
        erased=1, list="00" * 32, scrubbed=9, time=time,
    )  # fmt: skip
    return [encoded(told.sign(PrivateKey.from_seed(bytes(32))))]


def _read_rows() -> list[bytes]:
    rows = [(f"{number:032x}", b"{}") for number in range(3)]
    tree = reads.DayTree.of(rows)
    path = tuple(one.hex() for one in tree.path(1))
    root = tree.root().hex()
    shown = reads.ShownRow("example.org/log", "2026-03-05", 3, root, 9, rows[1][0], "{}", 1, path)
    return [orjson.dumps(shown.document())]


def _publisher() -> list[bytes]:
    path = samples.folder() / "publisher.pem"
    if not path.exists():
        PublisherKey.generate().save(path)
    return [path.read_bytes()]


parsers: dict[str, Parser] = {
    "app.handover.address.Address.parse": Parser(
        text(Address.parse), lambda: [b"/run/tallystick.sock", b"http://10.0.0.5:8030"]
    ),
    "app.handover.serving.read_names": Parser(
        read_names, lambda: [orjson.dumps([["99.1/O-1", "id"]])]
    ),
    "app.handover.wire.read_submissions": Parser(
        lambda d: write_submissions(read_submissions(d)), _submissions, "bytes"
    ),
    "app.handover.wire.read_answers": Parser(lambda d: read_answers(d, 1), _answers),
    "app.handover.wire.read_problem": Parser(
        document(read_problem), lambda: [encoded(Busy("256 batches wait").problem())]
    ),
    "app.reads.cli.read_proof": Parser(read_proof, _read_rows),
    "app.webhooks.addresses.parse_target": Parser(
        text(lambda told: parse_target(told, ())),
        lambda: [b"https://hooks.example/in?x=1", b"https://8.8.8.8:8443/"],
    ),
    "app.webhooks.hooks.read_wish": Parser(
        lambda data: read_wish(data, RuleSet("empty")),
        lambda: [orjson.dumps({"address": "https://hooks.example/", "types": ["*"]})],
    ),
    "contracts.key.PublisherKey.load": Parser(
        _file("fuzzed-publisher.pem", PublisherKey.load), _publisher
    ),
    "contracts.values.read_address": Parser(
        text(read_address),
        lambda: [b"0x" + b"ab" * 20, b"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"],
    ),
    "anchor.Claim.parse": Parser(lambda d: Claim.parse(d).encode(), _claims, "bytes"),
    "anchor.Claim.read": Parser(document(Claim.read), _claims),
    "backup.layout.Manifest.parse": Parser(Manifest.parse, _manifest),
    "backup.layout.read_sums": Parser(
        lambda d: write_sums({name: told for part in read_sums(d) for name, told in part.items()}),
        lambda: [write_sums(dict.fromkeys(listed_files, "00" * 32))],
        "anything",
    ),
    "erasure.statement.open_erasure_statement": Parser(
        document(open_erasure_statement), statements, "meaning"
    ),
    "vault.key_backup.read_key_backup": Parser(
        lambda d: read_key_backup(d, SetClock(time)), lambda: [_keys()]
    ),
}
