"""The registry under random acts of right and wrong authors, against a model of a few sets."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.ledger.world import Seeded, key, rule_set

from tallystick.identity import (
    AddDevice,
    AddKey,
    CreateHandles,
    DelegatePrefix,
    HandleRecord,
    RegisterOrganisation,
    RevokeKey,
    names,
)
from tallystick.ledger import Act, Body, MemoryState, RuleError, Signer

acts_min = 300
accepted_min = 110
node, root = "99.100/O-NODE", "99/O-ROOT"
organisations = st.sampled_from([f"99.100/{n}" for n in ("O-A", "o-a", "O-B", "O-C")])
authors = st.sampled_from([node, root, "99.100/O-A", "99.100/O-B", "99.100/O-C"])
prefixes = st.sampled_from(["99.100.1", "99.100.2", "99.200", "99.100.1.5"])
suffixes = st.sampled_from(["SN-1", "sn-1", "SN-2", "scan"])
key_numbers = st.integers(300, 302)


class Registry(RuleBasedStateMachine):
    acts = 0
    accepted = 0

    def __init__(self) -> None:
        super().__init__()
        self.judging, self.state, self.index = rule_set(), MemoryState(), 100
        self.random = Seeded()
        self.holders: dict[str, str] = {}
        self.fingerprints: dict[str, str] = {}
        self.parties: set[str] = set()
        self.handles: dict[str, str] = {}
        self.revoked: dict[str, int] = {}
        from tallystick.ledger import Change

        self.state.apply(
            [
                Change("organisation", o, {"name": {}, "scheme": "none", "verified": True,
                                           "node": p, "capacities": ["node"]})
                for o, p in ((root, "99"), (node, "99.100"))
            ]
        )  # fmt: skip
        self.state.apply(
            [
                Change("prefix", "99", {"holder": root, "role": "root", "since": 0}),
                Change("prefix", "99.100", {"holder": node, "role": "secondary"}),
            ]
        )
        self.holders |= {"99": root, "99.100": node}
        for firm, prefix in (("99.100/O-A", "99.100.1"), ("99.100/O-B", "99.100.2")):
            self.register(node, firm)
            self.delegate(node, prefix, firm)

    def do(self, author: str, kind: str, body: Body, *signers: Signer) -> bool:
        Registry.acts += 1
        self.index += 1
        act: Act[Any] = Act(
            self.index, f"identity.{kind}/1", author, "id", "0" * 64, "2026-01-01T00:00:00.000Z",
            body, (Signer(f"300:{author}", author, "self", "p"), *signers),
        )  # fmt: skip
        try:
            effects = self.judging.judge(self.state, act)
        except RuleError:
            return False
        self.state.apply(effects)
        Registry.accepted += 1
        return True

    @rule(author=authors, who=organisations)
    def register(self, author: str, who: str) -> None:
        body = RegisterOrganisation(
            organisation=who, name={"en": "x"}, scheme="none", capacities=("supplier",)
        )
        done = self.do(author, "organisation.register", body)
        assert done == (author == node and names.fold(who) not in self.parties)
        if done:
            self.parties.add(names.fold(who))

    @rule(author=authors, prefix=prefixes, holder=authors)
    def delegate(self, author: str, prefix: str, holder: str) -> None:
        body = DelegatePrefix(prefix=prefix, holder=holder, role="enterprise")
        done = self.do(author, "prefix.delegate", body)
        if done:
            assert prefix not in self.holders
            assert self.holders[names.parent(prefix)] == author
            self.holders[prefix] = holder

    @rule(
        author=authors, owner=authors, number=key_numbers, seed=st.integers(0, 3), own=st.booleans()
    )
    def add_key(self, author: str, owner: str, number: int, seed: int, own: bool) -> None:
        public = key(f"seed {seed}").private.public
        reference = f"{number}:{owner}"
        body = AddKey(key=reference, jwk=public.jwk(), custody="self", types=("*",))
        signers = [Signer(reference, owner, "self", public.fingerprint(), False)] if own else []
        done = self.do(author, "key.add", body, *signers)
        if done:
            assert own
            assert author in (owner, node, root)
            assert reference not in self.fingerprints
            assert public.fingerprint() not in self.fingerprints.values()
            self.fingerprints[reference] = public.fingerprint()

    @rule(author=authors, owner=authors, number=key_numbers)
    def revoke(self, author: str, owner: str, number: int) -> None:
        reference = f"{number}:{owner}"
        done = self.do(author, "key.revoke", RevokeKey(key=reference, reason="lost"))
        if done:
            assert reference in self.fingerprints
            assert reference not in self.revoked
            assert author in (owner, node, root)
            self.revoked[reference] = self.index + 1

    @rule(author=authors, prefix=prefixes, suffix=suffixes)
    def create(self, author: str, prefix: str, suffix: str) -> None:
        handle = f"{prefix}/{suffix}"
        done = self.do(
            author,
            "handle.create",
            CreateHandles(handles=(HandleRecord(handle=handle, values=()),)),
        )
        if done:
            assert self.holders[prefix] == author
            assert names.fold(handle) not in self.handles
            party = self.state.get("party", names.fold(handle))
            if party is not None:
                device = self.state.get("device", str(party["handle"]))
                assert device is not None
                assert device["organisation"] == author
            self.handles[names.fold(handle)] = author

    @rule(author=authors, prefix=prefixes, suffix=suffixes)
    def add_device(self, author: str, prefix: str, suffix: str) -> None:
        handle = f"{prefix}/{suffix}"
        body = AddDevice(device=handle, organisation=author, purpose="scanner")
        done = self.do(author, "device.add", body)
        if done:
            assert self.holders[prefix] == author
            assert names.fold(handle) not in self.handles.keys() | self.parties
            self.parties.add(names.fold(handle))

    @invariant()
    def what_was_given_stays(self) -> None:
        for prefix, holder in self.holders.items():
            found = self.state.get("prefix", prefix)
            assert found is not None
            assert found["holder"] == holder
        for reference in self.fingerprints:
            number, _, owner = reference.partition(":")
            found = self.state.get("key", owner, number)
            assert found is not None
            assert found.get("until") == self.revoked.get(reference)
        for folded, owner in self.handles.items():
            found = self.state.get("handle", folded)
            assert found is not None
            assert found["owner"] == owner


def test_the_registry_under_random_acts() -> None:
    Registry.acts = Registry.accepted = 0
    plan = settings(
        max_examples=25,
        stateful_step_count=40,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    for _ in range(5):
        run_state_machine_as_test(Registry, settings=plan)
        if Registry.acts >= acts_min and Registry.accepted >= accepted_min:
            break
    print(f"acts: {Registry.acts}, accepted: {Registry.accepted}")
    assert Registry.acts >= acts_min
    assert Registry.accepted >= accepted_min
