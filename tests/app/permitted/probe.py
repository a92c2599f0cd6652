"""A pytest plugin: each entry that some tests have accepted is tried once more by everybody who might have said it.

The state is the one that the rule saw, with one more person of each role in each organisation that stands in a
relation to who said it, and the rules are the product's. What they admit is written as JSON to the file that
`TALLYSTICK_PROBE` names: by entry type and relation, as what somebody may say it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tallystick.app.bootstrap import rule_set
from tallystick.app.permissions import roles
from tallystick.ledger import Act, Change, RuleSet, Signer, State
from tallystick.ledger.state import Overlay

file_variable = "TALLYSTICK_PROBE"
examples_max = 10
relations = ("own", "node", "party", "same-role", "suspended", "nobody")
_stranger, _nobody = "99.100/O-PROBESTRANGER", "99.100/P-PROBENOBODY00"
Row = Mapping[str, Any]


class Probe:
    """Stands in for `RuleSet.judge` while the tests run."""

    def __init__(self) -> None:
        self.rules = rule_set()
        self.found: dict[str, dict[str, set[str]]] = {}
        self._tried: dict[str, set[object]] = {}
        self._judge = RuleSet.judge
        self._inside = False

    def judge(
        self, rules: RuleSet, state: State, act: Act[Any], in_force: str = ""
    ) -> list[Change]:
        effects = self._judge(rules, state, act, in_force)
        if not self._inside and act.type in self.rules.types:
            self._inside = True
            try:
                self._once(state, act)
            finally:
                self._inside = False
        return effects

    def _once(self, state: State, act: Act[Any]) -> None:
        tried = self._tried.setdefault(act.type, set())
        mark = _mark(state, act)
        if mark in tried or len(tried) >= examples_max or not self._admits(state, act):
            return
        tried.add(mark)
        cells = self.found.setdefault(act.type, {})
        for relation, organisation, changes in self._organisations(state, act):
            for said_as, author, more in _authors(organisation, relation):
                self._try(state, act, cells, relation, said_as, author, [*changes, *more])
        own = _organisation(state, act.author)
        if own not in (None, act.author) and act.author in _handles(json.loads(act.body.encode())):
            cells.setdefault("own", set()).add("self")
        if not cells.get("own"):
            # Nobody but this very one: whom it is about, or the log.
            cells.setdefault("own", set()).add("itself" if own in (None, act.author) else "self")

    def _try(
        self,
        state: State,
        act: Act[Any],
        cells: dict[str, set[str]],
        relation: str,
        said_as: str,
        author: str,
        changes: list[Change],
    ) -> None:
        then = Overlay(state)
        then.apply(changes)
        mine = Signer(f"300:{author}", author, "self", "probe")
        others = tuple(replace_speaks(one) for one in act.signers if one.owner != act.author)
        again = replace(act, author=author, signers=(mine, *others))
        if self._admits(then, again):
            cells.setdefault(relation, set()).add(said_as)

    def _admits(self, state: State, act: Act[Any]) -> bool:
        """Whatever else a rule raises over a state made by half is no admission."""
        try:
            self._judge(self.rules, state, act)
        except Exception:  # noqa: BLE001
            return False
        return True

    def _organisations(
        self, state: State, act: Act[Any]
    ) -> Iterator[tuple[str, str, list[Change]]]:
        own = _organisation(state, act.author)
        if own is None:
            return
        row = cast(Row, state.get("organisation", own))
        yield "own", own, []
        told = {"reason": "request", "time": act.time}
        yield "suspended", own, [Change("organisation", own, {**row, "suspended": told})]
        node = cast(Row | None, state.get("prefix", str(row.get("node", ""))))
        holder = None if node is None else str(node["holder"])
        if holder is not None and holder != own:
            yield "node", holder, []
        named = set(_handles(json.loads(act.body.encode())))
        named |= set(map(str, self.rules.types[act.type].parties(state, act)))
        for party in sorted(named - {own, holder}):
            if state.get("organisation", party) is not None:
                yield "party", party, []
        alike = {**row, "capacities": [*row.get("capacities", ())]}
        yield "same-role", _stranger, [Change("organisation", _stranger, alike)]
        yield "nobody", "", []


def replace_speaks(signer: Signer) -> Signer:
    return Signer(signer.key, signer.owner, signer.custody, signer.public, False)


def _authors(organisation: str, relation: str) -> Iterator[tuple[str, str, list[Change]]]:
    if relation == "nobody":
        yield "anybody", _nobody, []
        return
    yield "itself", organisation, []
    device = {"organisation": organisation, "purpose": "scanner"}
    yield "device", "99.100/probe-device", [Change("device", "99.100/probe-device", device)]
    for role in roles:
        handle = f"99.100/P-PROBE-{role}"
        row = {"organisation": organisation, "roles": [role]}
        member = Change("member", organisation, {"roles": [role]}, handle)
        yield role, handle, [Change("person", handle, row), member]


def _organisation(state: State, author: str) -> str | None:
    for kind in ("person", "device"):
        found = state.get(kind, author)
        if found is not None:
            return str(found["organisation"])
    return author if state.get("organisation", author) is not None else None


def _mark(state: State, act: Act[Any]) -> object:
    """What makes an example worth another trial."""
    own = _organisation(state, act.author)
    person = cast(Row | None, state.get("person", act.author))
    row = cast(Row, state.get("organisation", own) or {}) if own else {}
    what = getattr(getattr(act.body, "what", None), "kind", "")
    decision = getattr(act.body, "decision", "")
    capacities = tuple(row.get("capacities", ()))
    who = tuple(person["roles"]) if person else own == act.author
    return ("founded" in row, who, what, decision, capacities)


def _handles(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, Mapping):
        for one in told.values():
            yield from _handles(one)
    elif isinstance(told, list):
        for one in told:
            yield from _handles(one)


def pytest_configure() -> None:
    probe = Probe()
    globals()["_probe"] = probe
    RuleSet.judge = lambda rules, state, act, in_force="": probe.judge(  # type: ignore[method-assign]
        rules, state, act, in_force
    )


def pytest_sessionfinish() -> None:
    probe: Probe = globals()["_probe"]
    told = {
        name: {relation: sorted(found) for relation, found in sorted(cells.items())}
        for name, cells in sorted(probe.found.items())
    }
    Path(os.environ[file_variable]).write_text(json.dumps(told, indent=1), encoding="utf-8")
