"""A proof bundle of a certificate with 65 transfers: its size, and what making and verifying it cost.

The reference of making it is `zipfile` storing the same files, which are in memory already; that of verifying
it checks the same signatures and hashes the same bytes once, and understands nothing.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping

from bench.context import Bench
from bench.log import BenchLog, bench_log
from bench.measure import Result, Row, in_turn, median_ms
from bench.trade import Trade

from tallystick.app.bundles.make import make
from tallystick.app.bundles.signers import Signers
from tallystick.app.bundles.verify import forms, verify
from tallystick.ledger import InvariantError, auditor_reader, log_verifier, pae
from tallystick.ledger.bundle import Pins, Request, open_bundle, unpack

transfers = 65


def rows(bench: Bench) -> Iterator[Result]:
    """Milliseconds for each bundle."""
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        trade = Trade(log)
        name = trade.certificate()
        trade.split(name, transfers + 1)
        log.ledger.seal(force=True)
        with log.reader.open() as snapshot:
            pins = Pins(log_keys=(log_verifier(snapshot.view),))
        data = _made(log, name)
        yield _making(bench, log, name, unpack(data))
        yield _verifying(bench, data, pins)


def _making(bench: Bench, log: BenchLog, name: str, files: Mapping[str, bytes]) -> Row:
    spent = in_turn(
        bench.scale.rounds,
        ours=lambda: len(_made(log, name)) and 1,
        bare=lambda: len(_zipped(files)) and 1,
    )
    size = sum(map(len, files.values()))
    return Row(
        f"bundle of a certificate with {transfers} transfers, made",
        median_ms(spent["ours"]),
        median_ms(spent["bare"]),
        "ms",
        "zipfile storing the same files from memory",
        {},
        {"files": len(files), "bytes in them": size, "bytes": len(_made(log, name))},
    )


def _verifying(bench: Bench, data: bytes, pins: Pins) -> Row:
    said = [one.says for one in verify(data, pins)]
    if said.count("certificate.transfer") != transfers or said[-1] != "certificate.complete":
        raise InvariantError("the bundle does not prove the certificate's life")
    bundle = open_bundle(data, pins, forms)
    keys = Signers(bundle).keys
    signed = [
        (keys[one.keyid].record.public, one.sig, pae(held.envelope.payload))
        for held in bundle.entries.values()
        for one in held.envelope.signatures
    ]

    def bare() -> int:
        hashlib.sha256(data).digest()
        if not all(public.verifies(signature, message) for public, signature, message in signed):
            raise InvariantError("a signature does not verify")
        return 1

    def ours() -> int:
        verify(data, pins)
        return 1

    spent = in_turn(bench.scale.rounds, ours=ours, bare=bare)
    return Row(
        f"bundle of a certificate with {transfers} transfers, verified",
        median_ms(spent["ours"]),
        median_ms(spent["bare"]),
        "ms",
        "its signatures verified and its bytes hashed once, and nothing more",
        {},
        {"entries": len(bundle.entries), "signatures": len(signed), "statements": len(said)},
    )


def _made(log: BenchLog, name: str) -> bytes:
    with log.reader.open() as snapshot:
        return make(snapshot, auditor_reader, [Request.of("certificate", certificate=name)])


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()
