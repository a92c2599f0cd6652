"""Two logs, leases, suspensions and moves at random, against a model of a few fields: nothing is issued twice."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.ledger.world import key, rule_set

from tallystick.identity import (
    ArrivePrefix,
    CarriedPrefix,
    CarriedRecord,
    CarryPrefix,
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandPrefix,
    LeavePrefix,
    LiftPrefix,
    Proven,
    RenewPrefix,
    SuspendPrefix,
    TakenRecord,
    TakeRecords,
    prefix_travel,
    referral,
    resolve,
)
from tallystick.ledger import (
    Act,
    Body,
    Change,
    Checkpoint,
    Entry,
    MemoryState,
    RuleError,
    Signer,
    body_hash,
    canonical,
    leaf_hash,
    merkle,
    new_id,
    sign_entry,
)

accepted_min, moves_min, refused_min = 250, 4, 120
root, firm, other = "99/O-ROOT", "99/O-A", "99/O-B"
origins = ("log.example/a", "log.example/b")
urls = ("http://a.example", "http://b.example")
prefixes = st.sampled_from(["99.1", "99.2"])
suffixes = st.sampled_from([f"SN-{n}" for n in range(6)] + ["sn-0"])
logs = st.sampled_from([0, 1])
salt = bytes(32)


def hour(number: int) -> str:
    return f"2026-01-{2 + number // 24:02d}T{number % 24:02d}:00:00.000Z"


class Log:
    """Rules over a state in memory, and a tree of what was accepted."""

    def __init__(self, number: int) -> None:
        self.origin, self.url = origins[number], urls[number]
        self.rules, self.state = rule_set(), MemoryState()
        self.leaves: list[bytes] = []
        self.bodies: list[bytes] = []
        self.log_key = key(f"300:99/L-{number}").private
        organisation = {"name": {}, "scheme": "none", "verified": True, "node": "99",
                        "capacities": ["node"]}  # fmt: skip
        self.state.apply([Change("organisation", one, organisation) for one in (root, firm, other)])
        self.state.apply([Change("prefix", "99", {"holder": root, "role": "root", "since": 0})])
        self.state.apply([Change("log", "genesis", {"origin": self.origin, "root": root})])

    def say(self, author: str, kind: str, body: Body, time: str) -> str:
        """`accepted`, or the code of the refusal."""
        name = f"identity.{kind}/1"
        act: Act[Any] = Act(
            len(self.leaves), name, author, "id", "0" * 64, time, body,
            (Signer(f"300:{author}", author, "self", "p"),),
        )  # fmt: skip
        try:
            effects = self.rules.judge(self.state, act)
        except RuleError as error:
            self.why = f"{error.code}: {error.detail}"
            return error.code
        self.state.apply([*effects, Change("log", "block", {"time": time})])
        said = body.encode()
        entry = Entry(self.origin, name, author, new_id(0, bytes(10)), time, body_hash(salt, said))
        self.leaves.append(sign_entry(entry, [key(f"300:{author}")]))
        self.bodies.append(said)
        return "accepted"

    def checkpoint(self) -> str:
        tree = merkle.Frontier()
        for leaf in self.leaves:
            tree.append(leaf_hash(leaf))
        return Checkpoint(self.origin, len(self.leaves), tree.root()).sign(self.log_key).encode()

    def vkey(self) -> str:
        from tallystick.ledger import Verifier

        return Verifier(self.origin, self.log_key.public).encode()

    def proven(self, index: int) -> Proven:
        hashes = [leaf_hash(leaf) for leaf in self.leaves]

        def node(level: int, n: int) -> bytes:
            return merkle.subtree_root(b"".join(hashes[n << level : (n + 1) << level]))

        path = merkle.inclusion_proof(node, index, len(hashes))
        return Proven(
            index=index,
            envelope=base64.b64encode(self.leaves[index]).decode(),
            body=self.bodies[index].decode(),
            salt=salt.hex(),
            path=tuple(one.hex() for one in path),
        )

    def row(self, prefix: str) -> Any:
        return self.state.get("prefix", prefix)


@dataclass
class Model:
    """What is to be expected of a prefix. `step`: how far it is on its way, empty at home."""

    home: int
    holder: str = firm
    suspended: bool = False
    quota: int | None = None
    used: int = 0
    expires: str = "9"
    step: str = ""
    issued: dict[str, bool] = field(default_factory=dict)

    def refusal(self, log: int, time: str) -> str:
        """Of a write under it in this log; empty if it is taken in."""
        if self.step in ("left", "carried") or log != self.home:
            return "prefix-elsewhere"
        if self.step == "arriving":
            return "prefix-arriving"
        if self.expires <= time:
            return "prefix-withdrawn"
        return "prefix-suspended" if self.suspended else ""


class Prefixes(RuleBasedStateMachine):
    accepted = refused = moves = 0

    def __init__(self) -> None:
        super().__init__()
        self.logs = (Log(0), Log(1))
        self.hour = 0
        self.model = {"99.1": Model(0), "99.2": Model(0, other)}
        for prefix, model in self.model.items():
            row = {"holder": model.holder, "role": "enterprise", "since": 0}
            self.logs[0].state.apply([Change("prefix", prefix, row)])
        self.batches: dict[str, list[TakeRecords]] = {}
        self.index: dict[str, int] = {}
        self.carried: dict[str, int] = {}

    @property
    def time(self) -> str:
        return hour(self.hour)

    def do(self, log: int, author: str, kind: str, body: Body) -> str:
        told = self.logs[log].say(author, kind, body, self.time)
        Prefixes.accepted += told == "accepted"
        Prefixes.refused += told != "accepted"
        return told

    def known(self, log: int, prefix: str) -> bool:
        return self.logs[log].row(prefix) is not None

    @rule()
    def time_passes(self) -> None:
        self.hour += 1

    @rule(prefix=prefixes, suffix=suffixes, log=logs)
    def create(self, prefix: str, suffix: str, log: int) -> None:
        model = self.model[prefix]
        body = CreateHandles(handles=(HandleRecord(handle=f"{prefix}/{suffix}", values=()),))
        holder = self.logs[log].row(prefix)["holder"] if self.known(log, prefix) else firm
        told = self.do(log, holder, "handle.create", body)
        if not self.known(log, prefix):
            assert told == "not-entitled"
            return
        full = model.quota is not None and model.used >= model.quota
        free = suffix.upper() not in model.issued
        wanted = model.refusal(log, self.time) or ("quota-reached" if full else "accepted")
        # A taken handle may be what is told first.
        assert told == wanted if free else told in ("already-registered", wanted)
        assert free or told != "accepted"
        if told == "accepted":
            model.issued[suffix.upper()] = True
            model.used += model.quota is not None

    @rule(prefix=prefixes, suffix=suffixes)
    def delete(self, prefix: str, suffix: str) -> None:
        model = self.model[prefix]
        body = DeleteHandle(handle=f"{prefix}/{suffix}", reason="mistake")
        found: Any = self.logs[model.home].state.get("handle", f"{prefix}/{suffix.upper()}")
        told = self.do(model.home, found["owner"] if found else firm, "handle.delete", body)
        if told == "accepted":
            assert model.refusal(model.home, self.time) == ""

    @rule(prefix=prefixes, quota=st.none() | st.integers(1, 4), hours=st.integers(-1, 6))
    def renew(self, prefix: str, quota: int | None, hours: int) -> None:
        model = self.model[prefix]
        until = hour(self.hour + hours) if hours else None
        body = RenewPrefix(prefix=prefix, quota=quota, expires=until)
        told = self.do(model.home, root, "prefix.renew", body)
        if model.step in ("left", "carried"):
            assert told == "prefix-elsewhere"
        elif until is not None and until <= self.time:
            assert told == "lease-refused"
        else:
            assert told == "accepted"
            model.used = model.used if quota is not None and model.quota is not None else 0
            model.quota, model.expires = quota, until or "9"

    @rule(prefix=prefixes, lift=st.booleans())
    def suspend_or_lift(self, prefix: str, lift: bool) -> None:
        model = self.model[prefix]
        body: Body = (
            LiftPrefix(prefix=prefix) if lift else SuspendPrefix(prefix=prefix, reason="abuse")
        )
        told = self.do(model.home, root, f"prefix.{'lift' if lift else 'suspend'}", body)
        if model.step in ("left", "carried"):
            assert told == "prefix-elsewhere"
        elif model.suspended == lift:
            assert told == "accepted"
            model.suspended = not lift
        else:
            assert told == "lease-refused"

    @rule(prefix=prefixes, to=st.sampled_from([firm, other]))
    def hand(self, prefix: str, to: str) -> None:
        model = self.model[prefix]
        refusal = model.refusal(model.home, self.time)
        by = root if refusal == "prefix-withdrawn" else model.holder
        told = self.do(model.home, by, "prefix.hand", HandPrefix(prefix=prefix, holder=to))
        assert told == (refusal if refusal not in ("", "prefix-withdrawn") else "accepted")
        model.holder = to if told == "accepted" else model.holder

    @rule(prefix=prefixes)
    def leave(self, prefix: str) -> None:
        model = self.model[prefix]
        there = 1 - model.home
        body = LeavePrefix(prefix=prefix, origin=origins[there], address=urls[there])
        told = self.do(model.home, model.holder, "prefix.leave", body)
        assert told == (model.refusal(model.home, self.time) or "accepted")
        if told == "accepted":
            self.index[prefix] = len(self.logs[model.home].leaves) - 1
            model.step = "left"

    @rule(prefix=prefixes)
    def go_on(self, prefix: str) -> None:
        """The next steps of a move: everything counted out, or a batch taken in."""
        model = self.model[prefix]
        if model.step == "left":
            self._carry(prefix, self.logs[model.home])
            model.step = "carried"
        elif model.step == "carried":
            self._arrive(prefix, model)
        elif model.step == "arriving":
            batch = self.batches[prefix].pop()
            if self.batches[prefix]:
                early = self.batches[prefix][0]
                assert self.do(model.home, root, "prefix.take", early) == "prefix-arrival-refused"
            assert self.do(model.home, root, "prefix.take", batch) == "accepted"
            self._home(prefix, model)

    def _carry(self, prefix: str, log: Log) -> None:
        found = []
        for kind in sorted(prefix_travel.carriers):
            carrier = prefix_travel.carriers[kind]
            for (k, name, part), document in log.state.documents():
                if k == kind and carrier.under(prefix, name):
                    found.append((kind, name, part, carrier.told(document)))
        chain, self.batches[prefix] = prefix_travel.no_chain, []
        for number in range(0, len(found), 2):
            some = found[number : number + 2]
            digests = [prefix_travel.digest(*one) for one in some]
            records = tuple(
                CarriedRecord(kind=k, name=n, part=p or None, digest=d)
                for (k, n, p, _), d in zip(some, digests, strict=True)
            )
            body = CarryPrefix(prefix=prefix, number=number // 2, salt=salt.hex(), records=records)
            assert log.say(root, "prefix.carry", body, self.time) == "accepted"
            taken = tuple(
                TakenRecord(kind=k, name=n, part=p or None, document=canonical.encode(d).decode())
                for k, n, p, d in some
            )
            self.batches[prefix].append(
                TakeRecords(prefix=prefix, before=chain, salt=salt.hex(), records=taken)
            )
            chain = prefix_travel.chained(chain, salt.hex(), digests)
        wrong = CarriedPrefix(prefix=prefix, count=len(found) + 1, chain=chain)
        assert log.say(root, "prefix.carried", wrong, self.time) == "prefix-move-refused"
        body = CarriedPrefix(prefix=prefix, count=len(found), chain=chain)
        assert log.say(root, "prefix.carried", body, self.time) == "accepted"
        self.carried[prefix] = len(log.leaves) - 1

    def _arrive(self, prefix: str, model: Model) -> None:
        source, there = self.logs[model.home], 1 - model.home
        body = ArrivePrefix(
            prefix=prefix, holder=model.holder, role="enterprise", log_key=source.vkey(),
            address=source.url, checkpoint=source.checkpoint(),
            leave=source.proven(self.index[prefix]), carried=source.proven(self.carried[prefix]),
        )  # fmt: skip
        assert self.do(there, firm, "prefix.arrive", body) == "not-entitled"
        pinned = body.model_copy(update={"log_key": self.logs[there].vkey()})
        assert self.do(there, root, "prefix.arrive", pinned) == "prefix-arrival-refused"
        told = self.do(there, root, "prefix.arrive", body)
        assert told == "accepted", self.logs[there].why
        again = self.do(there, root, "prefix.arrive", body)
        assert again == "already-registered"
        model.home, model.suspended, model.quota, model.used = there, False, None, 0
        model.expires = "9"
        self._home(prefix, model)

    def _home(self, prefix: str, model: Model) -> None:
        model.step = "arriving" if self.batches[prefix] else ""
        Prefixes.moves += not model.step

    @invariant()
    def every_handle_is_found_by_whoever_asks(self) -> None:
        """In the log that is asked, or where that one refers to."""
        for prefix, model in self.model.items():
            for number, log in enumerate(self.logs):
                if not self.known(number, prefix):
                    continue
                for suffix in model.issued:
                    handle = f"{prefix}/{suffix}"
                    found = resolve_in(log, handle)
                    if found is None:
                        url = referral(log.state, handle)
                        assert url in urls
                        found = resolve_in(self.logs[urls.index(url)], handle)
                    assert found is not None, handle

    @invariant()
    def a_prefix_is_at_home_in_one_log(self) -> None:
        for prefix in self.model:
            rows = [log.row(prefix) for log in self.logs]
            at_home = [row for row in rows if row is not None and "home" not in row]
            assert len(at_home) == (self.model[prefix].step not in ("left", "carried"))


def resolve_in(log: Log, handle: str) -> Any:
    return resolve(log.state, handle)  # type: ignore[arg-type]


def test_prefixes_under_random_acts() -> None:
    Prefixes.accepted = Prefixes.refused = Prefixes.moves = 0
    plan = settings(
        max_examples=15,
        stateful_step_count=40,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    for _ in range(5):
        run_state_machine_as_test(Prefixes, settings=plan)
        if (
            Prefixes.accepted >= accepted_min
            and Prefixes.moves >= moves_min
            and Prefixes.refused >= refused_min
        ):
            break
    said = f"accepted: {Prefixes.accepted}, refused: {Prefixes.refused}, moves: {Prefixes.moves}"
    print(said)
    assert Prefixes.accepted >= accepted_min, said
    assert Prefixes.refused >= refused_min, said
    assert Prefixes.moves >= moves_min, said
