"""What a machine played, said again by its authors with their keys, on a log with a tree, blocks and a clock that is set.

Names that follow from indexes and hashes are others there; everything else must be the same: what each cent is, what is
owed, paid and counted. Such a log can be audited, and its days be held against bank and register.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bench.log import BenchLog, bench_log
from tests.finance.desk import checker, core, digest, other_bank
from tests.finance.holdings.vault import node
from tests.finance.insurance.desk import friend
from tests.finance.settlement.hands import Hands, began, officers_of
from tests.finance.settlement.papers import day_of
from tests.finance.settlement.teller import Teller, account

from tallystick.app.bootstrap import admit
from tallystick.app.equality.keeping import made
from tallystick.finance import accounts
from tallystick.finance.insurance.counting import differences as insured_differences
from tallystick.finance.limits.recount import differences as limit_differences
from tallystick.identity import (
    Decide,
    Hold,
    Propose,
    Release,
)
from tallystick.ledger import (
    Act,
    Body,
    Checker,
    SetClock,
    Submission,
    payload_hash,
)
from tallystick.ledger.state import Change

_hash, _certificate = re.compile(r"[0-9a-f]{64}"), re.compile(rf"{re.escape(core)}#C-(\d+)")
#: What must be the same whatever the log: by kind of document, the fields that name nothing.
told: Mapping[str, tuple[str, ...]] = {
    "certificate": ("status", "face", "paid", "early", "cancelled", "due_on", "roll", "issued_on"),
    "holding": ("start", "end", "holder", "state", "lock", "recourse", "batch", "cover"),
    "claim": ("due", "paid", "late_due", "late_paid", "late_credit", "holder"),
    "payout": ("holder", "amount", "due", "paid", "late", "paid_at", "final_on", "final"),
    "late-payout": ("holder", "amount", "paid_at"),
    "arrears": ("status", "since", "late_due", "late_paid"),
    "payment-date": ("on", "version", "covered", "fixes_on", "overdue"),
    "standing": ("overdue", "ever", "defaults"),
    "quote": ("status", "holder", "bank", "amount", "discount", "net", "final", "final_on", "until"),
    "offer": ("status", "from", "to", "amount", "until"),
    "pledge": ("status", "from", "to", "amount", "until"),
    "lock": ("status", "from", "amount", "until"),
    "cancellation": ("status", "from", "to", "amount", "until"),
    "freeze": ("status", "holder", "amount", "ends_on", "until"),
    "recourse": ("holder", "party", "amount", "paid"),
    "insurance-claim": ("status", "loss", "amount", "accepted", "paid", "penalty"),
    "insured-debtor": ("limit", "insured"),
    "limit": ("used", "reserved", "amount"),
    "split-budget": ("left",),
    "hold": ("list", "version"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """What was held against each other: entries audited, days compared, documents that are the same."""

    entries: int
    days: int
    documents: int


class Signed:
    """A log that grows act by act as a desk did. `places`, `names`: of acts of the desk, index and hash here."""

    def __init__(self, log: BenchLog, clock: SetClock) -> None:
        self.log, self.clock = log, clock
        self.hands = cast(Hands, log.pens)
        self.places: dict[int, int] = {}
        self.names: dict[str, str] = {}
        registered = self.hands.account()
        self.account = f"{friend}#A-{self._append(registered)}"
        attest = accounts.AccountAttest(account=self.account, belongs=True)
        self._say(checker(other_bank), "finance.account.attest/1", attest)
        first, second = officers_of(friend)
        payee = accounts.PayeePropose(organisation=friend, currency="CNY", account=self.account)
        proposal = self._say(first, "finance.payee.propose/1", payee)
        self._say(second, "finance.payee.approve/1", accounts.PayeeApprove(proposal=proposal))

    def play(self, desk: Teller) -> None:
        for act in desk.acts:
            self._beside(desk.beside.get(act.index, ()))
            self._act(act)
        self._beside(desk.beside.get(desk.index, ()))

    def check(self, desk: Teller) -> Checked:
        """The same money as at the desk; equal on each of its days; and sound, as `tallystick audit` finds it."""
        days = sorted({day_of(act.time).isoformat() for act in desk.acts})
        with self.log.reader.open() as snapshot:
            here = _facts(self._documents(snapshot.view), {})
            there = _facts(_of_desk(desk), self.names)
            assert here == there, (here - there, there - here)
            assert list(limit_differences(snapshot.view)) == []
            assert list(insured_differences(snapshot.view)) == []
            for day in days:
                for report in made(snapshot, day):
                    assert report.unexplained == 0, (day, report.document())
            size = snapshot.size()
        audited = self.log.audit(Checker(0, admit))
        assert audited.size == size
        return Checked(size, len(days), here.total())

    def _act(self, act: Act[Any]) -> None:
        self.clock.set(act.time)
        if act.type == "ledger.block/1":
            self.log.ledger.seal(force=True)
            # At the desk a block is of its own time; here one carries out what was due at the time of the block before.
            self.log.ledger.seal(force=True)
            return
        if act.type == "trace.capture/1":
            for said in self.hands.received(act.body, act.time):
                self._append(said)
            return
        document = self._translated(act.body.model_dump(mode="json", exclude_none=True))
        body = type(act.body).model_validate_json(json.dumps(document))
        said = self.hands.write(act.author, act.type, body)
        self.names[act.payload_hash] = payload_hash(said.envelope).hex()
        self.places[act.index] = self._append(said)

    def _translated(self, document: Any) -> Any:
        if isinstance(document, dict):
            found = {name: self._translated(value) for name, value in document.items()}
            if found.keys() == {"certificate", "index"}:
                found["index"] = self.places[document["index"]]
            return found
        if isinstance(document, list):
            return [self._translated(value) for value in document]
        if not isinstance(document, str):
            return document
        text = _hash.sub(lambda found: self.names.get(found[0], found[0]), document)
        text = _certificate.sub(lambda found: f"{core}#C-{self.places[int(found[1])]}", text)
        return self.account if text == account else text

    def _beside(self, changes: Any) -> None:
        """What two officers of the node decided about an organisation."""
        for change in cast("list[Change]", changes):
            what: Any = Release(kind="release", organisation=change.name, reason="another-party")
            if change.value is not None:
                what = Hold(
                    kind="hold",
                    organisation=change.name,
                    list="UN",
                    version="1",
                    evidence=digest("list"),
                )
            first, second = officers_of(node)
            proposed = self.hands.author(first).write(
                "identity.propose/1", Propose(organisation=node, what=what), fields=True
            )
            self._append(proposed)
            name = payload_hash(proposed.envelope).hex()
            decide = Decide(proposal=name, decision="approve")
            self._append(self.hands.author(second).write("identity.decide/1", decide, fields=True))

    def _say(self, author: str, entry_type: str, body: Body) -> str:
        said = self.hands.write(author, entry_type, body)
        self._append(said)
        return payload_hash(said.envelope).hex()

    def _append(self, said: Submission) -> int:
        (answer,) = self.log.append([[said]])
        return answer.index

    def _documents(self, view: Any) -> Iterator[tuple[str, Any]]:
        for kind in told:
            after = ""
            while names := view.names(kind, after=after, limit=500):
                for name in names:
                    for document in view.group(kind, name).values():
                        yield kind, document
                after = names[-1]


@contextmanager
def signed(url: str, home: Path) -> Iterator[Signed]:
    """An empty log with everybody in it, in an empty database."""
    clock = SetClock(began)
    with bench_log(url, home, Hands(clock)) as log:
        yield Signed(log, clock)


def _of_desk(desk: Teller) -> Iterator[tuple[str, Any]]:
    for (kind, _, _), document in desk.state.documents():
        if kind in told:
            yield kind, document


def _facts(documents: Iterator[tuple[str, Any]], names: Mapping[str, str]) -> Counter[str]:
    """Each document as the fields that must be alike, so often."""
    found: Counter[str] = Counter()
    for kind, row in documents:
        fields = {name: row.get(name) for name in told[kind]}
        text = json.dumps([kind, fields], sort_keys=True)
        found[_hash.sub(lambda one: names.get(one[0], one[0]), text)] += 1
    return found
