"""What the story's villains try, and how each attempt ends."""

from __future__ import annotations

from pathlib import Path

import tallystick.finance as finance
import tallystick.scanners as scanners
import tallystick.trace as trace
from tallystick.app.demo import cast, goods, money, witnesses
from tallystick.app.demo.stage import Stage
from tallystick.identity import RevokeKey
from tallystick.ledger import (
    Checkpoint,
    InvariantError,
    PrivateKey,
    SigningKey,
    Submission,
    Verifier,
    evidence,
    payload_hash,
    witness,
)
from tallystick.trace import builders as epcis


def forged_scan(stage: Stage) -> str:
    """A scan "by" the gate scanner, signed by somebody else's key."""
    device = cast.core.device("GATE-SCAN")
    thief = SigningKey(f"300:{device}", PrivateKey.from_seed(b"\x07" * 32))
    return stage.try_to(_scan(stage, device, thief, 13))


def revoked_device(stage: Stage) -> str:
    """A scanner is reported stolen; its key goes on signing."""
    stage.add_device(cast.core, "YARD-SCAN")
    device = cast.core.device("YARD-SCAN")
    stage.say(
        cast.core.administrator,
        "identity.key.revoke/1",
        RevokeKey(key=f"300:{device}", reason="stolen"),
    )
    return stage.try_to(_scan(stage, device, cast.key(f"300:{device}"), 0))


def finance_twice(stage: Stage, told: money.Money) -> str:
    """The holder that had all of its holding financed offers the same cents once more."""
    holder = cast.suppliers[min(told.holders)]
    body = money.quote_body(
        told.certificate, holder.handle, told.holders[min(told.holders)], 42_000, "2026-06-01"
    )
    quote = stage.sign(cast.bank.maker, "finance.quote/1", body)
    (answer,) = stage.ledger.append([quote])
    if answer.problem is not None:
        return answer.problem.code
    accept = finance.QuoteAccept(quote=payload_hash(quote.envelope).hex())
    return stage.try_to(stage.sign(holder.maker, "finance.quote.accept/1", accept))


def second_history(log: Verifier, size: int, played: witnesses.Played, folder: Path) -> Path:
    """The operator signs another tree of the same size; the file that the witness keeps of it.

    Whoever has the log's key verifies it, without believing the witness.
    """
    other = Checkpoint(log.name, size, b"\x07" * 32).sign(cast.key(f"300:{cast.log}").private)
    try:
        played.cosign(other, lambda _first, _second: ())
    except witness.CheckpointInconsistent:
        kept = folder / played.name / "evidence"
        for path in kept.rglob("*.json"):
            evidence.read_evidence(path.read_bytes()).verify(evidence.Trust([log]))
            return path
    raise InvariantError("the witness took in a second history, or kept no evidence of it")


def _scan(stage: Stage, device: str, key: SigningKey, seq: int) -> Submission:
    event = epcis.object_event(
        [goods.packs[0]],
        time="2026-01-09T01:00:00.000Z",
        step="shipping",
        read_point=cast.core.device("GATE-3"),
    )
    prepared = scanners.prepare([event], "2026-01-09T01:00:00.000Z", stage.random)
    body = trace.Capture.model_validate_json(prepared.body)
    author = stage.author(device, key)
    return author.write(
        "trace.capture/1",
        body,
        attachments=prepared.attachments,
        seq=seq,
        prev="0" * 64 if seq == 0 else "1" * 64,
    )
