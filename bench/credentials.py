"""What it costs to show two fields of a certificate and to believe them, against the bare signatures in it."""

from __future__ import annotations

from collections.abc import Iterator

from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate
from tests.app.credentials.scene import Scene, body_of, buyer
from tests.ledger.world import key, supplier

from tallystick.app.access import Reading
from tallystick.app.bundles.verify import forms
from tallystick.app.credentials import acting
from tallystick.identity.credentials import Asked, Credential, Packed, present, require_bound
from tallystick.ledger import Reader, pae
from tallystick.ledger.bundle import open_bundle

fields = ("number", "expiry")


def rows(bench: Bench) -> Iterator[Result]:
    folder = bench.new_folder()
    scene = Scene.made(f"sqlite:///{folder / 'log.sqlite'}", folder / "home")
    digest = scene.issue()
    with scene.world.reader.open() as snapshot:
        packed = acting.held(Reading(snapshot, Reader.party(supplier)), supplier, digest)
    yield _shown(bench, scene, packed)
    yield _proven(bench, scene, digest)


def _shown(bench: Bench, scene: Scene, packed: Packed) -> Row:
    """Without the proof: what a buyer does who holds the newest heads already."""
    holder, issuer = key(f"300:{supplier}"), key(f"300:{body_of}").private.public
    public, message = holder.private.public, packed.credential.jwt.compact.encode()
    count, now_ms = bench.scale.few * 10, scene.now_ms

    def ours() -> int:
        for number in range(count):
            nonce = str(number)
            made = present(
                packed.credential, fields, holder, audience=buyer, nonce=nonce, now_ms=now_ms
            )
            read = Credential.parse(made.text())
            read.jwt.verify(issuer)
            require_bound(read, Asked(buyer, nonce, now_ms))
            read.revealed()
        return count

    def bare() -> int:
        for _ in range(count):
            signature = holder.private.sign(message)
            public.verifies(signature, message)
            public.verifies(signature, message)
        return count

    spent = in_turn(bench.scale.rounds, ours=ours, bare=bare)
    return Row(
        "presentation of two fields made, read and verified",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "presentations/s",
        "one bare Ed25519 signature and two verifications",
        details={"bytes": len(packed.credential.text())},
    )


def _proven(bench: Bench, scene: Scene, digest: str) -> Row:
    file = scene.present(digest, fields)
    pins = scene.pins()
    held = open_bundle(file.proof, pins, forms).entries.values()
    signed = [
        (key(one.keyid).private.public, one.sig, pae(entry.envelope.payload))
        for entry in held
        for one in entry.envelope.signatures
    ]
    count = bench.scale.few

    def ours() -> int:
        for _ in range(count):
            scene.verify(file)
        return count

    def bare() -> int:
        for _ in range(count):
            for public, signature, message in signed:
                public.verifies(signature, message)
        return count

    spent = in_turn(bench.scale.rounds, ours=ours, bare=bare)
    return Row(
        "presentation with its proof verified offline",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "presentations/s",
        "bare Ed25519 verification of the signatures in its proof",
        details={"bytes": len(file.encode()), "signatures": len(signed)},
    )
