"""Who speaks, goes on: two firms share, a lost key is replaced by officers, and a day of looks goes into the log."""

from __future__ import annotations

from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.identity import Decide, Propose, RecoverKey, sharing
from tallystick.ledger import KeptRead, from_instant, instant, payload_hash, reads

firm = cast.suppliers[2]
first, second = firm.administrator, firm.person("security-administrator")
until = "2030-12-31"
_day_ms = 24 * 3600 * 1000


def share(stage: Stage) -> None:
    """A supplier lets its bank read its certificates; the bank's checker accepts."""
    opened = (sharing.Opened(kind="certificates"),)
    body = sharing.OfferSharing(to=cast.bank.handle, what=opened, purpose="financing", until=until)
    offered = stage.sign(firm.checker, sharing.offer_type, body)
    stage.append([offered])
    accepted = sharing.AcceptSharing(agreement=payload_hash(offered.envelope).hex())
    stage.say(cast.bank.checker, sharing.accept_type, accepted)


def recover(stage: Stage) -> str:
    """The maker's key is lost: one officer proposes another key, which signs too, and the other approves.

    The code with which the lost key is refused from then on.
    """
    maker = firm.maker
    new = cast.key(f"301:{maker}")
    what = RecoverKey(
        kind="recover",
        lost=f"300:{maker}",
        key=new.keyid,
        jwk=new.private.public.jwk(),
        custody="self",
        types=("*",),
        reason="lost",
        played=True,
    )
    proposal = Propose(organisation=firm.handle, what=what)
    proposed = stage.sign(first, "identity.propose/1", proposal, [new])
    stage.append([proposed])
    name = payload_hash(proposed.envelope).hex()
    # Whoever completes it says again what it recovers, so that the entry holds all of it.
    decision = Decide(proposal=name, decision="approve", recovered=what)
    stage.say(second, "identity.decide/1", decision)
    return stage.try_to(stage.sign(maker, "identity.propose/1", proposal))


def tell_looks(node: Node, stage: Stage) -> reads.DailyReads:
    """The day's looks are hashed, and the root authority says their root once the day is over."""
    now_ms = stage.clock.now_ms()
    day = reads.day_of(now_ms)
    row = reads.ReadRow(
        now_ms, "person", cast.auditor.person("reader"), cast.auditor.handle, ("reader",), "party",
        "/finance/v1/certificates", "/finance/v1/certificates", ("parties",), ("remit",), (cast.core.handle,),
    )  # fmt: skip
    kept = KeptRead(
        day, stage.random(16).hex(), now_ms, cast.auditor.handle, row.parties, row.encode()
    )
    with node.store.note() as transaction:
        transaction.reads.add([kept])
    midnight = instant(from_instant(f"{day}T00:00:00.000Z") + _day_ms)
    stage.at(midnight)
    with node.store.read() as transaction:
        tree = reads.DayTree.of(list(transaction.reads.of_day(day)))
    body = reads.DailyReads(day=day, count=len(tree.leaves), root=tree.root().hex())
    stage.say(cast.root, reads.reads_type, body)
    return body
