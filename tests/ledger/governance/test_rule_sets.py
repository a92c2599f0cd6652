"""Rule sets switched on by a quorum: the past replays as it was judged, what comes is judged anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.ledger.governance import acts
from tests.ledger.governance.acts import governed_world, new_rules, signed
from tests.ledger.world import NoteBody, NoteRefused, World, core, rules_with_notes

from tallystick.identity import Directory
from tallystick.ledger import (
    Act,
    Answer,
    Change,
    EntryType,
    NotSound,
    RuleSet,
    State,
    audit,
    graded,
)
from tallystick.ledger.governance import RulesUnknown, rules_type

second = "tallystick/rules/2"


def _shorter(state: State, act: Act[NoteBody]) -> list[Change]:
    """As the first rule set, but long notes are refused."""
    if len(act.body.text) > 5:
        raise NoteRefused(act.id)
    count = len(state.group("note", act.author))
    return [Change("note", act.author, {"text": act.body.text}, f"{count:06d}")]


def two_rule_sets() -> RuleSet:
    """A version that knows both: another verdict for notes, and a type that the first has not."""
    rules = rules_with_notes()
    rules.later = (second,)
    note = rules.types["test.note/1"]
    rules.types["test.note/1"] = replace(note, later={second: _shorter})
    rules.add(
        EntryType(
            "test.fresh/1",
            NoteBody,
            _shorter,
            "Since the second",
            since=second,
            data=graded("trade", "partner"),
        )
    )
    return rules


def say(world: World, text: str, kind: str = "test.note/1") -> Answer:
    (answer,) = world.ledger.append([world.write(core, kind, NoteBody(text=text))])
    return answer


def told(answer: Answer) -> str:
    return answer.problem.code if answer.problem else answer.outcome


def test_the_verdict_changes_at_the_index_and_the_past_stays(
    tmp_path: Path, database_url: str
) -> None:
    world = governed_world(database_url, tmp_path / "home", rules=two_rule_sets())
    world.populate()
    assert told(say(world, "a long note")) == "accepted"
    assert told(say(world, "new", "test.fresh/1")) == "unknown-entry-type"
    world.ledger.seal()
    before = world.audit()
    with world.store.read() as transaction:
        tree = transaction.tree()
    assert tree is not None
    # A version that knows the first rule set alone gives the same state so far.
    old = rules_with_notes()
    assert audit(world.store, old, Directory(), world.checker, memory=world.memory) == before

    index = tree.size + 4
    acts.enacted(world, rules_type, signed(rules_type, new_rules(from_index=index), "w1", "w2"))
    assert told(say(world, "a long note")) == "accepted"
    while say(world, "x").index < index:
        pass
    assert told(say(world, "a long note")) == "note-refused-by-rule"
    assert told(say(world, "new", "test.fresh/1")) == "accepted"
    world.restart()
    assert told(say(world, "a long note")) == "note-refused-by-rule"
    world.ledger.seal()
    assert world.audit().size > index
    with pytest.raises(RulesUnknown, match=second):
        audit(world.store, old, Directory(), world.checker, memory=world.memory)
    # A version that claims to know it, and judges as before, does not get the same state.
    claims = rules_with_notes()
    claims.later = (second,)
    with pytest.raises(NotSound):
        audit(world.store, claims, Directory(), world.checker, memory=world.memory)


def test_a_version_that_does_not_know_the_rules_goes_no_further(
    tmp_path: Path, sqlite_url: str
) -> None:
    """A verdict may not depend on the version: the act is accepted, and the log waits for the new one."""
    world = governed_world(sqlite_url, tmp_path / "home")
    world.populate()
    body = signed(rules_type, new_rules(), "w1", "w2")
    (answer,) = world.append([acts.written(world, rules_type, body)])
    assert told(say(world, "x")) == "rules-unknown"
    with pytest.raises(RulesUnknown):
        world.ledger.seal()
    with world.store.read() as transaction:
        tree = transaction.tree()
    assert tree is not None
    assert tree.size == answer.index + 1


def test_a_rule_set_is_switched_on_once(tmp_path: Path, sqlite_url: str) -> None:
    world = governed_world(sqlite_url, tmp_path / "home", rules=two_rule_sets())
    for number, name, code in (
        (1, "tallystick/rules/1", "rules-change-refused"),
        (1, second, "accepted"),
        (2, second, "rules-change-refused"),
    ):
        body = signed(rules_type, new_rules(number, name), "w1", "w2")
        (answer,) = world.ledger.append([acts.written(world, rules_type, body)])
        assert told(answer) == code
    weak = signed(rules_type, new_rules(2, "tallystick/rules/3"), "w1")
    (answer,) = world.ledger.append([acts.written(world, rules_type, weak)])
    assert told(answer) == "governance-quorum-missing"
