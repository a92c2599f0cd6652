"""Whatever is scanned in whatever order, the item graph stays whole.

Random captures by three organisations; some are refused. Of what was accepted an independent model
recomputes containment; replaying the accepted captures gives the same documents.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tallystick.ledger import Overlay, RuleError, State
from tallystick.trace import Quantity, builders, contents

NAMES = (
    [f"99.100.7/N{n}" for n in range(5)] + [f"99.100.8/N{n}" for n in range(2)] + ["box:1", "box:2"]
)
names = st.sampled_from(NAMES)
HOLDERS = {"99.100.7": "99.100/O-MAKER00000000", "99.100.8": "99.100/O-BUYER00000000"}
several = st.lists(names, min_size=1, max_size=3, unique=True)
seconds = st.integers(0, 59).map(lambda s: f"2026-03-05T07:00:{s:02d}Z")
lots = st.lists(st.integers(1, 4).map(lambda n: Quantity(lot="lot:1", quantity=n)), max_size=1)
steps = st.sampled_from(["shipping", "receiving", "storing", "inspecting"])

events = st.one_of(
    st.builds(lambda i, t: builders.commissioning(i, time=t), several, seconds),
    st.builds(lambda p, c, q, t: builders.packing(p, c, time=t, lots=q), names, several, lots, seconds),
    st.builds(lambda p, c, q, t: builders.unpacking(p, c, time=t, lots=q), names, several, lots, seconds),
    st.builds(lambda p, t: builders.unpacking(p, time=t), names, seconds),
    st.builds(lambda i, s, t: builders.object_event(i, time=t, step=s), several, steps, seconds),
    st.builds(lambda i, o, t: builders.transforming(i, o, time=t), several, several, seconds),
    st.builds(
        lambda i, t: builders.object_event(i, time=t, step="destroying", action="DELETE"),
        several, seconds,
    ),
)  # fmt: skip


class Scanning(RuleBasedStateMachine):
    world: Any = None
    organisations: tuple[str, ...] = ()
    make_world: Any = None
    reached: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).make_world()
        self.world.handles(*(name for name in NAMES if "/" in name))
        self.parents: dict[str, str] = {}
        self.lots: dict[str, int] = {}
        self.gone: dict[str, str] = {}

    @rule(captured=st.lists(events, min_size=1, max_size=2), by=st.integers(0, 2))
    def capture(self, captured: list[dict[str, Any]], by: int) -> None:
        before = list(self.world.state.documents())
        organisation = self.organisations[by]
        movable = self._movable(captured, organisation)
        try:
            self.world.capture(*captured, by=organisation)
        except RuleError:
            type(self).reached["refused"] += 1
            assert list(self.world.state.documents()) == before
            return
        for event, may in zip(self.world.acts[-1].body.events, movable, strict=True):
            self._replay(event, may)
        type(self).reached["accepted"] += 1
        type(self).reached["packed"] = max(type(self).reached["packed"], len(self.parents))

    def _movable(self, captured: list[dict[str, Any]], by: str) -> list[frozenset[str]]:
        """For each event, the things that its author may move: held by it, sent to it, or named by it.

        A container in which nothing is may be filled by anybody. Empty where the events before are refused.
        """
        world, found = self.world, list[frozenset[str]]()
        for count in range(len(captured)):
            state = Overlay(world.state)
            try:
                if count:
                    state.apply(world.rules.judge(world.state, world.act(*captured[:count], by=by)))
            except RuleError:
                return [frozenset()] * len(captured)
            mine = {name for name in NAMES if by in _entitled(state, name, by)}
            empty = {f"empty {name}" for name in NAMES if not state.group("content", name)}
            found.append(frozenset(mine | empty))
        return found

    def _replay(self, event: Any, may: frozenset[str]) -> None:
        """The model: containment and endings from the accepted events, and who may move what."""
        moved = {*event.items, *event.inputs}
        ends = event.biz_step == "destroying"
        if event.biz_step != "inspecting":
            assert not moved & self.gone.keys(), "what is gone does not move"
        aggregation = event.type == "AggregationEvent"
        if aggregation and not {event.parent, f"empty {event.parent}"} & may:
            type(self).reached["containers of others"] += 1
        elif aggregation and event.action == "ADD":
            assert event.parent not in self.gone
            mine = [item for item in event.items if item in may]
            type(self).reached["things of others"] += len(event.items) - len(mine)
            self.parents |= dict.fromkeys(mine, event.parent)
            for lot in event.lots:
                self.lots[event.parent] = self.lots.get(event.parent, 0) + lot.quantity
        elif aggregation:
            everything = not event.items and not event.lots
            for child in [c for c, p in self.parents.items() if p == event.parent]:
                if everything or (child in event.items and child in may):
                    del self.parents[child]
            taken = sum(lot.quantity for lot in event.lots)
            left = 0 if everything else max(0, self.lots.get(event.parent, 0) - taken)
            self.lots[event.parent] = left
        self.gone |= dict.fromkeys(event.inputs, "consumed")
        if ends:
            self.gone |= dict.fromkeys(event.items, "destroyed")

    @invariant()
    def containment_is_the_recomputed_forest(self) -> None:
        state = self.world.state
        shown = {
            (part, name): doc for (kind, name, part), doc in state.documents() if kind == "content"
        }
        packed = {pair for pair, doc in shown.items() if doc["kind"] == "item"}
        assert packed == set(self.parents.items())
        amounts = {p: int(d["amounts"][""]) for (_, p), d in shown.items() if d["kind"] == "lot"}
        assert amounts == {parent: n for parent, n in self.lots.items() if n}
        for child in self.parents:
            chain, at = [child], child
            while at in self.parents:
                at = self.parents[at]
                assert at not in chain, "nothing contains itself"
                chain.append(at)
        for name in NAMES:
            doc = state.get("item", name) or {}
            assert doc.get("parent") == self.parents.get(name)

    @invariant()
    def what_is_gone_stays_gone(self) -> None:
        for name, status in self.gone.items():
            assert self.world.item(name)["status"] == status

    @precondition(lambda self: self.parents)
    @rule()
    def trees_show_what_is_inside(self) -> None:
        parent = min(self.parents.values())
        root = contents(self.world.state, parent).root
        inside = {node.identifier for node in root.branches if node.kind == "item"}
        assert inside == {c for c, p in self.parents.items() if p == parent}

    def teardown(self) -> None:
        again = type(self).make_world()
        again.handles(*(name for name in NAMES if "/" in name))
        for act in self.world.acts:
            again.state.apply(again.rules.judge(again.state, act))
        assert list(again.state.documents()) == list(self.world.state.documents())


def _entitled(state: State, name: str, by: str) -> set[str]:
    """Holder of the prefix, and who has or awaits the thing or a container around it."""
    found: set[str] = set()
    at: str | None = name
    while at is not None:
        holder = HOLDERS.get(at.partition("/")[0])
        doc: Any = state.get("item", at) or {"custodian": holder or by}
        found |= {doc["custodian"], doc.get("destination", "")}
        if at == name:
            found.add(holder or "")
        at = doc.get("parent")
    return found


def test_scanning_keeps_the_graph_whole(helpers: Any) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Scanning.make_world = helpers.World
    Scanning.organisations = (helpers.MAKER, helpers.BUYER, helpers.CARRIER)
    plan = settings(
        max_examples=40,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    wanted, enough = ("accepted", "things of others", "containers of others"), 5
    for _ in range(8):
        run_state_machine_as_test(Scanning, settings=plan)
        reached = Scanning.reached
        if reached["packed"] >= 2 and min(reached[name] for name in wanted) >= enough:
            break
    print(dict(Scanning.reached))
    assert Scanning.reached["accepted"] >= 50
    assert Scanning.reached["things of others"] >= enough
    assert Scanning.reached["containers of others"] >= enough
    assert Scanning.reached["refused"] >= 50
    assert Scanning.reached["packed"] >= 2
