"""What an entry of each type must satisfy, and what it changes.

A rule is a pure function of (state, act): it raises a `RuleError`, or returns effects. It knows no clock
but ledger time, no random and no network, so that every replica computes the same (architecture, "One
way in"). A rule that rests on a signature within the body, of a suite that not every program has, raises what keeps
the entry out if it does not verify, and `SuiteLacking` where nobody can tell: no verdict in the log depends on it.

A higher part may *follow* a type of a lower one: finance derives receipts from the receiving events that trace
records. Followers run after the type's own rule, in the order of registration, and see its effects; all succeed or
the entry is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from tallystick.ledger.errors import InvariantError, RuleError
from tallystick.ledger.fields import AttachmentRef, Body
from tallystick.ledger.grading import Data, Mark, Set, check
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.state import Change, Effects, HeadName, Kind, Overlay, State, View
from tallystick.ledger.values import hot_value

B = TypeVar("B", bound=Body)


class UnknownType(RuleError):
    code = "unknown-entry-type"
    title = "No rule is known for this entry type"
    advice = "Check the spelling and version of `type` against the table of entry types."


class BodyRefused(RuleError):
    code = "body-refused"
    title = "The body does not fit its entry type"
    advice = "Correct the named fields and sign again."


class OwnKeyRequired(RuleError):
    code = "own-key-required"
    title = "A key held by the node does not suffice for this act"
    advice = "Sign with a key that the node does not hold."


@hot_value
class Signer:
    """A signature that verified, by a key that is valid at this index.

    `speaks`: by a key of the author, or of a handle to which the author granted the type; all others
    are endorsements.
    """

    key: str
    owner: str
    custody: str
    public: str
    speaks: bool = True


@hot_value
class Earlier:
    """An entry before this one: its author, its outcome, and the hashes of the attachments that it names."""

    author: str
    accepted: bool
    attachments: frozenset[str]


@hot_value
class Act(Generic[B]):
    """An entry as its rule sees it. `time` is ledger time (formats §4), RFC 3339 with milliseconds.

    `earlier`: the entries that its type asks for, by index (`EntryType.earlier`). `unchecked`: signatures within
    the body of a suite that this program lacks count as good, for an auditor who names the entry (`verify.verify`).
    """

    index: int
    type: str
    author: str
    id: str
    payload_hash: str
    time: str
    body: B
    signers: tuple[Signer, ...] = ()
    earlier: Mapping[int, Earlier] = field(default_factory=dict)
    unchecked: bool = False


Rule = Callable[[State, Act[Any]], Effects]
#: Of a view, the organisation that speaks, the index of its entry, and the body decoded: marks by pointer.
Within = Callable[[View, str, int, Mapping[str, Any]], Mapping[str, Mark]]
Parties = Callable[[State, Act[Any]], Iterable[str]]


def nobody(_state: State, _act: Act[Any]) -> Iterable[str]:
    return ()


def itself(_state: State, handle: str) -> str:
    return handle


@dataclass(frozen=True, slots=True)
class EntryType:
    """One row of the table of entry types.

    name: `part.verb/version`. body: its model. rule: verdict and effects.
    parties: organisations that may read the body. data: class and grade of it, of fields that differ, and of its
    attachments (`grading`); anybody may read a body of grade public. within: marks of values in a body that follow
    from what the log says elsewhere, as of records under a template.
    introduces: public keys (by key reference) that the body registers and that must sign it; raises
    `KeyRefused` for what is no key.
    attachments: the attachments that a body names. admit: checks them, and only them, against the
    body when the entry comes in; its failure is the sender's mistake, not a verdict of the rule.
    reads: groups (kind, name) that the rule is likely to read, so that a batch loads them together; a
    hint that changes no outcome.
    since: the rule set from which on the type exists; the first one if empty. later: rules that take this
    one's place, each from the rule set that it names on (formats §3, `state`).
    own_key: the author must sign with a key that the node does not hold (formats §10).
    reporting: may lose its attachments without changing what binding entries mean (formats §2).
    earlier: indexes of the entries that its rule looks at (`Act.earlier`).
    promise: whoever is suspended may not say it (`RuleSet.guard`).
    """

    name: str
    body: type[Body]
    rule: Rule
    summary: str
    parties: Parties = nobody
    introduces: Callable[[Any], Mapping[str, PublicKey]] | None = None
    own_key: bool = False
    reporting: bool = False
    attachments: Callable[[Any], Iterable[AttachmentRef]] | None = None
    admit: Callable[[Any, Mapping[str, bytes]], None] | None = None
    reads: Callable[[Any], Iterable[tuple[str, str]]] | None = None
    earlier: Callable[[Any], Iterable[int]] | None = None
    promise: bool = False
    since: str = ""
    later: Mapping[str, Rule] = field(default_factory=dict)
    within: Within | None = None
    data: Data = field(kw_only=True)

    @property
    def public(self) -> bool:
        """Whether anybody may read the body."""
        return self.data.whole.grade == "public"


Guard = Callable[[State, Act[Any], EntryType], None]


def nothing_set(_view: View, _organisation: str) -> Mapping[str, Set]:
    """Nobody sets grades of its own."""
    return {}


def anybody(_state: State, _act: Act[Any], _entry_type: EntryType) -> None:
    """No guard."""


@dataclass
class RuleSet:
    """All entry types, followers and kinds of document that a log knows.

    `name` is the first rule set; `later` are those that this version knows beyond it, oldest first. Which of
    them judges an entry is `in_force`, empty for the first. `speaks_for`: the organisation for which a handle
    speaks, as identity says; the handle itself without it. `guard`: asked before every rule whether the author
    may act at all; raises a `RuleError`. `disposes`: whether a handle may have things of its organisation destroyed,
    as identity says. `keeps`: whether it may tell what the machine of its organisation keeps. `grades_set`: grades that an organisation gave to things of its own since
    (`marking`); `any_grade_set`: whether anybody did.
    """

    name: str = "tallystick/rules/1"
    later: tuple[str, ...] = ()
    types: dict[str, EntryType] = field(default_factory=dict)
    followers: dict[str, list[Rule]] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    speaks_for: Callable[[State, str], str] = itself
    guard: Guard = anybody
    disposes: Callable[[State, str], bool] = lambda _state, _handle: True
    keeps: Callable[[State, str], bool] = lambda _state, _handle: True
    grades_set: Callable[[View, str], Mapping[str, Set]] = nothing_set
    any_grade_set: Callable[[View], bool] = lambda _view: False

    def add(self, *types: EntryType) -> None:
        for entry_type in types:
            if entry_type.name in self.types:
                raise InvariantError(f"entry type {entry_type.name} is registered twice")
            attaches = entry_type.attachments is not None
            check(entry_type.name, entry_type.data, entry_type.body, attaches=attaches)
            self.types[entry_type.name] = entry_type

    def add_kinds(self, *kinds: Kind) -> None:
        for kind in kinds:
            if kind.name in self.kinds:
                raise InvariantError(f"document kind {kind.name} is registered twice")
            self.kinds[kind.name] = kind

    def follow(self, type_name: str, rule: Rule) -> None:
        self.followers.setdefault(type_name, []).append(rule)

    def type(self, name: str) -> EntryType:
        try:
            return self.types[name]
        except KeyError:
            raise UnknownType(name) from None

    def touched(self, effects: Effects) -> Iterable[HeadName]:
        """The names in the map of heads that an entry with these effects touches, each once."""
        found: dict[HeadName, None] = {}
        for change in effects:
            heads = self.kinds[change.kind].heads
            if heads is not None:
                found.update(dict.fromkeys(heads(change.name, change.part, change.value)))
        return found

    def knows(self, rule_set: str) -> bool:
        """Whether this version can judge by the rule set of this name."""
        return rule_set in (self.name, *self.later)

    def rule_of(self, entry_type: EntryType, in_force: str) -> Rule:
        """The type's rule under a rule set that is known; raises `UnknownType` if it has none yet."""
        if not entry_type.since and not entry_type.later:
            return entry_type.rule
        order = (self.name, *self.later)
        position = order.index(in_force or self.name)
        if entry_type.since and order.index(entry_type.since) > position:
            raise UnknownType(f"{entry_type.name} comes with {entry_type.since}, not in force here")
        for name in reversed(order[: position + 1]):
            if name in entry_type.later:
                return entry_type.later[name]
        return entry_type.rule

    def parse_body(self, type_name: str, data: bytes) -> Body:
        """The body model of canonical bytes; raises `BodyRefused` naming each wrong field."""
        try:
            return self.type(type_name).body.model_validate_json(data)
        except ValidationError as error:
            wrong = "; ".join(
                f"{'/'.join(str(step) for step in item['loc']) or 'body'}: {item['msg']}"
                for item in error.errors(include_url=False, include_input=False)[:10]
            )
            raise BodyRefused(wrong) from None

    def judge(self, state: State, act: Act[Any], in_force: str = "") -> list[Change]:
        """The effects of one act: its rule's and then its followers'. Raises `RuleError`."""
        entry_type = self.type(act.type)
        rule = self.rule_of(entry_type, in_force)
        if entry_type.own_key and not any(s.speaks and s.custody != "node" for s in act.signers):
            raise OwnKeyRequired(act.type)
        self.guard(state, act, entry_type)
        effects = list(rule(state, act))
        followers = self.followers.get(act.type)
        if followers:
            overlay = Overlay(state)
            overlay.apply(effects)
            for follower in followers:
                more = follower(overlay, act)
                overlay.apply(more)
                effects.extend(more)
        for change in effects:
            if change.kind not in self.kinds:
                raise InvariantError(f"{act.type} writes documents of unknown kind {change.kind}")
            if "\x00" in change.name or "\x00" in change.part:
                raise BodyRefused("no name may hold the character U+0000")
        return effects
