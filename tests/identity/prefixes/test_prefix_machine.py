"""Two logs, leases, suspensions and moves at random, against a model of a few fields: nothing is issued twice."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.identity.prefixes.expected import Model, code_of
from tests.identity.prefixes.two_logs import Log, Move, firm, hour, other, root, urls

from tallystick.identity import (
    CarriedPrefix,
    ClaimName,
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandPrefix,
    LiftPrefix,
    ReleaseName,
    RenewPrefix,
    SuspendPrefix,
    prefix_travel,
    referral,
    resolve,
)
from tallystick.ledger import Body

rounds_max = 20
least = {"accepted": 250, "refused": 120, "moves": 4, "returned": 2, "named_there": 2}
prefixes = st.sampled_from(["99.1", "99.2"])
suffixes = st.sampled_from([f"SN-{n}" for n in range(6)] + ["sn-0"])
logs = st.sampled_from([0, 1])
numbers = st.integers(0, 2)


class Prefixes(RuleBasedStateMachine):
    accepted = refused = moves = returned = named_there = 0

    def __init__(self) -> None:
        super().__init__()
        self.logs = (Log(0), Log(1))
        self.hour = 0
        self.named: dict[str, str] = {}
        self.model = {"99.1": Model(0), "99.2": Model(0, other)}
        for prefix, model in self.model.items():
            self.logs[0].let(prefix, model.holder)
            handle = f"{prefix}/SN-9"
            made = CreateHandles(handles=(HandleRecord(handle=handle, values=()),))
            self.logs[0].done(model.holder, "handle.create", made)
            model.issued["SN-9"] = True
            claim = ClaimName(handle=handle, scheme="did-web", code=code_of(prefix, 0))
            self.logs[0].done(model.holder, "name.claim", claim)
            self.named[code_of(prefix, 0)] = handle

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
        move = Move(prefix, self.logs[model.home], self.logs[1 - model.home], model.holder)
        told = move.leave(self.time)
        assert told == (model.refusal(model.home, self.time) or "accepted")
        if told == "accepted":
            model.step, model.move = "left", move

    @rule(prefix=prefixes, which=st.integers(0, 6), number=numbers, release=st.booleans())
    def name(self, prefix: str, which: int, number: int, release: bool) -> None:
        """A code names a record, wherever its prefix is at home, until it is released there."""
        model, code = self.model[prefix], code_of(prefix, number)
        if not model.issued:
            return
        suffix = sorted(model.issued)[which % len(model.issued)]
        found: Any = self.logs[model.home].state.get("handle", f"{prefix}/{suffix}")
        if found is None:
            return
        body: Body = ClaimName(handle=found["handle"], scheme="did-web", code=code)
        if release:
            body = ReleaseName(handle=found["handle"], scheme="did-web", code=code)
        verb = "release" if release else "claim"
        told = self.do(model.home, found["owner"], f"name.{verb}", body)
        holds = self.named.get(code)
        if model.refusal(model.home, self.time) or "deleted" in found:
            assert told != "accepted" or (release and "deleted" in found)
        else:
            may = holds == found["handle"] if release else holds is None
            assert (told == "accepted") == may, self.logs[model.home].why
        if told == "accepted" and release:
            del self.named[code]
        elif told == "accepted":
            self.named[code] = found["handle"]

    @rule(prefix=prefixes, seldom=st.integers(0, 3))
    def decline(self, prefix: str, seldom: int) -> None:
        """The other log says no, once and for ever; or it has taken the prefix in, and cannot."""
        model = self.model[prefix]
        if model.move is None or seldom:
            return
        there, asked = model.move.there, model.move.declining()
        told = there.say(root, "prefix.decline", asked, self.time)
        if model.step not in ("left", "carried"):
            assert told == "prefix-move-refused"
            return
        assert told == "accepted"
        if model.step == "carried":
            again = there.say(root, "prefix.arrive", model.move.arriving(), self.time)
            assert again == "prefix-move-refused"
        back = model.move.returning(len(there.leaves) - 1)
        assert self.do(model.home, model.holder, "prefix.return", back) == "accepted"
        assert self.do(model.home, model.holder, "prefix.return", back) == "prefix-move-refused"
        model.step, model.move = "", None
        Prefixes.returned += 1

    @rule(prefix=prefixes, steps=st.integers(1, 3))
    def go_on(self, prefix: str, steps: int) -> None:
        for _ in range(steps):
            self._step(prefix)

    def _step(self, prefix: str) -> None:
        """The next step of a move: everything counted out, a batch taken in, or what ended swept away."""
        model = self.model[prefix]
        move = model.move
        if move is None:
            return
        if model.step == "left":
            wrong = CarriedPrefix(prefix=prefix, count=0, chain=prefix_travel.no_chain)
            if move.documents():
                assert self.do(model.home, root, "prefix.carried", wrong) == "prefix-move-refused"
            move.carry(self.time)
            model.step = "carried"
        elif model.step == "carried":
            self._arrive(prefix, model, move)
        elif model.step == "arriving":
            if len(move.batches) > 1:
                early = move.batches[0]
                assert self.do(model.home, root, "prefix.take", early) == "prefix-arrival-refused"
            move.take(self.time)
            self._home(prefix, model, move)

    def _arrive(self, prefix: str, model: Model, move: Move) -> None:
        body, there = move.arriving(), 1 - model.home
        assert self.do(there, firm, "prefix.arrive", body) == "not-entitled"
        pinned = body.model_copy(update={"log_key": self.logs[there].vkey()})
        assert self.do(there, root, "prefix.arrive", pinned) == "prefix-arrival-refused"
        told = self.do(there, root, "prefix.arrive", body)
        assert told == "accepted", self.logs[there].why
        again = self.do(there, root, "prefix.arrive", body)
        assert again == "already-registered"
        model.home, model.suspended, model.quota, model.used = there, False, None, 0
        model.expires = "9"
        self._home(prefix, model, move)

    def _home(self, prefix: str, model: Model, move: Move) -> None:
        model.step = "arriving" if "arriving" in move.there.row(prefix) else ""
        Prefixes.moves += not model.step
        if not model.step:
            self._as_named(prefix, model)

    def _as_named(self, prefix: str, model: Model) -> None:
        """What was released meanwhile names nothing here, and what was not names what it named."""
        state = self.logs[model.home].state
        for code in (code_of(prefix, number) for number in range(3)):
            row: Any = state.get("name", f"did-web:{code}")
            assert (row["handle"] if row else None) == self.named.get(code)
            Prefixes.named_there += row is not None

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
    reached = {"accepted": 0, "refused": 0, "moves": 0, "returned": 0, "named_there": 0}
    for name in reached:
        setattr(Prefixes, name, 0)
    plan = settings(
        max_examples=15,
        stateful_step_count=40,
        deadline=None,
        # Each round is another one: the same acts again would reach nothing more.
        derandomize=False,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    for _ in range(rounds_max):
        run_state_machine_as_test(Prefixes, settings=plan)
        reached = {name: getattr(Prefixes, name) for name in reached}
        if all(count >= least[name] for name, count in reached.items()):
            break
    print(reached)
    assert all(count >= least[name] for name, count in reached.items()), reached
