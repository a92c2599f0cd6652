"""What the story's villains try, and how each attempt ends."""

from __future__ import annotations

import tallystick.finance as finance
import tallystick.scanners as scanners
import tallystick.trace as trace
from tallystick.app.demo import cast, goods, money
from tallystick.app.demo.stage import Stage
from tallystick.identity import RevokeKey
from tallystick.ledger import PrivateKey, SigningKey, Submission, payload_hash
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
        cast.core.handle,
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
