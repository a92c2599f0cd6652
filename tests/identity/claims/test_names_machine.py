"""Claims, contests and relations under random acts of right and wrong authors, against a small model."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.identity.claims.says import bodies
from tests.ledger.world import rule_set

from tallystick.identity import CreateHandles, DeleteHandle, HandleRecord, RenewHandle
from tallystick.ledger import Act, Body, Change, MemoryState, RuleError, Signer

acts_min, accepted_min = 600, 120
root, node = "99/O-ROOT", "99.100/O-NODE"
firms = {"99.100/O-A": "99.100.1", "99.100/O-B": "99.100.2"}
handles = {f"{prefix}/{suffix}": firm for firm, prefix in firms.items() for suffix in ("X", "Y")}
authors = st.sampled_from([*firms, node, root])
subjects = st.sampled_from(sorted(handles))
kinds = ("contains", "split-from", "merged-into", "replaced-by", "same-as")
named = st.sampled_from(
    [("imo", "9074729"), ("imo", "9319466"), ("own", "99.100/O-A#1"), ("own", "99.100/O-B#1")]
)


class Names(RuleBasedStateMachine):
    acts = 0
    accepted = 0

    def __init__(self) -> None:
        super().__init__()
        self.judging, self.state, self.index = rule_set(), MemoryState(), 100
        self.held: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.edges: set[tuple[str, str, str]] = set()
        organisation = {
            "name": {},
            "scheme": "none",
            "verified": True,
            "node": "99.100",
            "capacities": [],
        }
        self.state.apply(
            [Change("organisation", one, organisation) for one in (root, node, *firms)]
            + [
                Change("prefix", prefix, {"holder": holder, "role": role})
                for prefix, holder, role in (
                    ("99", root, "root"), ("99.100", node, "secondary"),
                    *((prefix, firm, "enterprise") for firm, prefix in firms.items()),
                )
            ]
        )  # fmt: skip
        for handle, firm in handles.items():
            made = CreateHandles(handles=(HandleRecord(handle=handle, values=()),))
            assert self.do(firm, "handle.create", made)

    def do(self, author: str, verb: str, body: Body, *also: str) -> bool:
        Names.acts += 1
        self.index += 1
        act: Act[Any] = Act(
            self.index, f"identity.{verb}/1", author, "id", "0" * 64, "2026-01-01T00:00:00.000Z", body,
            tuple(Signer(f"300:{one}", one, "self", "p", one == author) for one in (author, *also)),
        )  # fmt: skip
        try:
            effects = self.judging.judge(self.state, act)
        except RuleError:
            return False
        # Whoever may read it is found while the state is as it was.
        list(self.judging.type(act.type).parties(self.state, act))
        self.state.apply(effects)
        Names.accepted += 1
        return True

    @rule(author=authors, handle=subjects, code=named)
    def claim(self, author: str, handle: str, code: tuple[str, str]) -> None:
        name = ":".join(code)
        body = bodies["name.claim"](handle=handle, scheme=code[0], code=code[1])
        free = name not in self.held and handle not in self.deleted
        assert self.do(author, "name.claim", body) == (free and author == handles[handle])
        if free and author == handles[handle]:
            self.held[name] = handle

    @rule(author=authors, handle=subjects, code=named)
    def release(self, author: str, handle: str, code: tuple[str, str]) -> None:
        name = ":".join(code)
        body = bodies["name.release"](handle=handle, scheme=code[0], code=code[1])
        waiting = [str(one["handle"]) for one in self.state.group("name-contest", name).values()]
        if self.do(author, "name.release", body):
            assert author == handles[handle] or name == f"own:{author}#1"
            if self.held.get(name) == handle:
                heirs = [one for one in waiting if one not in self.deleted]
                self.held.pop(name)
                self.held |= {name: heirs[0]} if heirs else {}
            else:
                assert handle in waiting

    @rule(author=authors, handle=subjects, code=named)
    def contest(self, author: str, handle: str, code: tuple[str, str]) -> None:
        name = ":".join(code)
        body = bodies["name.contest"](handle=handle, scheme=code[0], code=code[1], reason="ours")
        if self.do(author, "name.contest", body):
            assert author == handles[handle] != handles[self.held[name]]

    @rule(author=authors, handle=subjects, code=named, granted=st.booleans())
    def settle(self, author: str, handle: str, code: tuple[str, str], granted: bool) -> None:
        name, outcome = ":".join(code), "granted" if granted else "dismissed"
        body = bodies["name.settle"](handle=handle, scheme=code[0], code=code[1], outcome=outcome)
        if self.do(author, "name.settle", body):
            assert author == (code[1].partition("#")[0] if code[0] == "own" else node)
            if granted:
                self.held[name] = handle

    @rule(
        author=authors,
        pair=st.tuples(subjects, subjects),
        kind=st.sampled_from(kinds),
        also=authors,
    )
    def relate(self, author: str, pair: tuple[str, str], kind: str, also: str) -> None:
        source, target = pair
        if source != target:
            body = bodies["relation.add"](source=source, kind=kind, target=target)
            if self.do(author, "relation.add", body, also):
                assert {handles[source], handles[target]} <= {author, also}
                self.edges.add((source, kind, target))

    @rule(author=authors, data=st.data())
    def part(self, author: str, data: st.DataObject) -> None:
        if self.edges:
            source, kind, target = data.draw(st.sampled_from(sorted(self.edges)))
            body = bodies["relation.remove"](source=source, kind=kind, target=target)
            done = self.do(author, "relation.remove", body)
            assert done == (author in (handles[source], handles[target]))
            if done:
                self.edges.remove((source, kind, target))

    @rule(handle=subjects, gone=st.booleans())
    def delete_or_renew(self, handle: str, gone: bool) -> None:
        body = DeleteHandle(handle=handle, reason="mistake") if gone else RenewHandle(handle=handle)
        if self.do(handles[handle], "handle.delete" if gone else "handle.renew", body):
            (self.deleted.add if gone else self.deleted.discard)(handle)

    @invariant()
    def one_claimant_for_each_code(self) -> None:
        found = {
            name: str(value["handle"])
            for (kind, name, _), value in self.state.documents()
            if kind == "name"
        }
        assert found == self.held

    @invariant()
    def contests_are_between_the_claimant_and_others(self) -> None:
        for (kind, name, _), value in self.state.documents():
            if kind == "name-contest":
                assert value["against"] == self.held[name]
                assert value["holder"] == handles[self.held[name]] != value["owner"]

    @invariant()
    def nothing_goes_in_a_circle(self) -> None:
        same = {one: {one} for one in handles}
        for source, kind, target in self.edges:
            if kind == "same-as":
                joined = same[source] | same[target]
                for one in joined:
                    same[one] = joined
        thing = {one: min(group) for one, group in same.items()}
        for family in (("contains",), ("split-from", "merged-into", "replaced-by")):
            steps = {
                (thing[t], thing[s]) if kind == "split-from" else (thing[s], thing[t])
                for s, kind, t in self.edges
                if kind in family
            }
            while steps:
                ends = {last for _, last in steps}
                starts = {step for step in steps if step[0] not in ends}
                assert starts, steps
                steps -= starts


def test_names_and_relations_under_random_acts() -> None:
    Names.acts = Names.accepted = 0
    plan = settings(
        max_examples=25,
        stateful_step_count=40,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    for _ in range(4):
        run_state_machine_as_test(Names, settings=plan)
        if Names.acts >= acts_min and Names.accepted >= accepted_min:
            break
    print(f"acts: {Names.acts}, accepted: {Names.accepted}")
    assert Names.acts >= acts_min
    assert Names.accepted >= accepted_min
