"""Judging entries one after the other: the same code for the live log, replay and audit.

A `Judge` stands at an index. For each entry it checks, against the state left by the one before it:
stream, body, signers, expiry and rule. It then moves the state chain (formats §3), the streams and ledger
time (formats §4) forward. It does no I/O of its own; state and streams are given to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol, cast

from tallystick.ledger import canonical, system
from tallystick.ledger.attachments import attachment_fault
from tallystick.ledger.disclosure import fields_root
from tallystick.ledger.entry import (
    Entry,
    Submission,
    body_bytes_max,
    body_hash,
    no_prev,
)
from tallystick.ledger.erasure.body import erase_type
from tallystick.ledger.errors import RuleError, TallystickError
from tallystick.ledger.fields import Body
from tallystick.ledger.governance import (
    EpochElsewhere,
    RulesUnknown,
    epoch_type,
    policy_type,
    rules_coming,
    rules_type,
)
from tallystick.ledger.heads import Touch
from tallystick.ledger.keys import KeyRefused
from tallystick.ledger.rules import Act, BodyRefused, Earlier, EntryType, RuleSet, Signer
from tallystick.ledger.sm.suite import SuiteLacking
from tallystick.ledger.speaking import KeyDirectory, KeyNotValid, Speaking
from tallystick.ledger.state import Change, Effects, State
from tallystick.ledger.submission import (
    AttachmentMismatch,
    BodyMismatch,
    Expired,
    StreamFork,
    StreamGap,
    StreamMode,
    WrongOrigin,
)
from tallystick.ledger.values import hot_value
from tallystick.ledger.verify import Verified

first_state = bytes(32)
#: The log's own entries and acts of governance: never recorded as refused. Whoever follows the chain of acts
#: (`reach`) sees leaves and no outcomes: an act that is in the log was accepted.
#: So does an own mirror with erasures.
_never_refused = (
    system.genesis_type, system.block_type, epoch_type, policy_type, rules_type, erase_type
)  # fmt: skip
Stream = tuple[int, str]
#: The last (seq, payload hash) of an author: seq −1 without stream, None before its first entry.
FindStream = Callable[[str], Stream | None]


#: An entry before the one at hand, by its index.
FindEarlier = Callable[[int], Earlier | None]


def _no_earlier(_index: int) -> Earlier | None:
    return None


class LiveState(State, Protocol):
    def apply(self, changes: Effects) -> None: ...


@hot_value
class Outcome:
    """Effects and readers of an accepted entry, or the refusal that is recorded.

    `contradiction`: what is wrong with an attachment that the body does name. It changes nothing else.
    """

    effects: list[Change]
    parties: list[str]
    refusal: RuleError | None = None
    contradiction: TallystickError | None = None

    def document(self) -> object:
        """The effects as they are hashed: [kind, name, part, value or null] in order."""
        if self.refusal is not None:
            return {"refused": self.refusal.code}
        return [[c.kind, c.name, c.part, c.value] for c in self.effects]


class Judge:
    """See the module's text. `chain` is S of formats §3 after the entry before `index`.

    `touches`: of entries since whoever keeps the map of heads took them away.
    """

    def __init__(
        self,
        rules: RuleSet,
        directory: KeyDirectory,
        state: LiveState,
        find_stream: FindStream,
        *,
        index: int = 0,
        chain: bytes = first_state,
        block_time: str = "",
    ) -> None:
        """`begins_epoch`: whether this is a take-over, the one way in for an epoch's entry."""
        self.begins_epoch = False
        self.find_earlier: FindEarlier = _no_earlier
        self.rules = rules
        self.directory = directory
        self.state = state
        self.index = index
        self.chain = chain
        self.block_time = block_time
        self.streams: dict[str, Stream] = {}
        self.touches: list[Touch] = []
        self._find_stream = find_stream
        self._coming: list[tuple[int, str]] = []
        self._rule_set = ""
        self._log: tuple[str, str] | None = None
        self._speaking = Speaking(directory)
        self._read_rules()

    def outcome(
        self,
        submission: Submission,
        verified: Verified,
        *,
        intake: bool,
        body: Body | None = None,
        unchecked: bool = False,
    ) -> Outcome:
        """The verdict on one entry; raises the error that keeps it out of the log.

        With `intake`, attachments must be those that the body names; in a replay some may be gone. One that
        is named and yet contradicts the body keeps an entry out, but not an entry of a stream (ADR 0015).
        `body`: the submission's body, where the caller parsed it already. `unchecked`: what a suite that this
        program lacks signed within body and attachments counts as good, in place of `SuiteLacking` (`Act`).
        """
        entry = verified.entry
        self._require_rules()
        if intake and entry.type == epoch_type and not self.begins_epoch:
            raise EpochElsewhere(f"at index {self.index}")
        self._check_origin(entry)
        self._check_stream(entry)
        if not verified.body_checked:
            self._check_body(entry, submission)
        signers = self._signers(verified)
        try:
            body, outcome = self._verdict(submission, verified, signers, body, unchecked)
        except RuleError as refusal:
            if entry.seq is None or entry.type in _never_refused:
                raise
            return Outcome([], [], refusal)
        if entry.type == system.genesis_type and cast(Any, body).origin != entry.origin:
            raise WrongOrigin("the genesis names another origin than it was signed for")
        entry_type = self.rules.type(entry.type)
        admitted = verified.admission == "admitted"
        known = verified.admission if intake or admitted else "unchecked"
        fault = attachment_fault(entry_type, body, submission.attachments, known, whole=intake)
        if fault is None or (unchecked and isinstance(fault, SuiteLacking)):
            return outcome
        if entry.seq is None or isinstance(fault, AttachmentMismatch | SuiteLacking):
            raise fault
        return replace(outcome, contradiction=fault)

    def take(self, verified: Verified, outcome: Outcome) -> None:
        """Move on past an entry that is in the log."""
        entry = verified.entry
        digest = hashlib.sha256(canonical.encode(outcome.document())).digest()
        self.chain = hashlib.sha256(self.chain + verified.leaf_hash + digest).digest()
        self.state.apply(outcome.effects)
        self._speaking.changed(outcome.effects)
        for kind, name in self.rules.touched(outcome.effects):
            self.touches.append(Touch(kind, name, self.index, verified.leaf_hash))
        self.index += 1
        if entry.type in (system.genesis_type, rules_type):
            self._read_rules()
        if entry.type == system.block_type:
            self.block_time = cast(str, cast(Any, self.state.get("log", "block"))["time"])
        if entry.seq is not None:
            self.streams[entry.author] = (entry.seq, verified.payload_hash.hex())
        elif self.stream(entry.author) is None:
            self.streams[entry.author] = (-1, no_prev)

    def time_of(self, entry: Entry) -> str:
        """Ledger time; before the first block, the genesis' own."""
        return self.block_time or entry.time

    def stream(self, author: str) -> Stream | None:
        return self.streams.get(author) or self._find_stream(author)

    def _read_rules(self) -> None:
        """Which rule sets are in force from which index on."""
        genesis = cast(Mapping[str, Any] | None, self.state.get("log", "genesis"))
        if genesis is not None:
            self._log = (genesis["origin"], genesis["log"])
            self._coming = rules_coming(self.state, self.index)

    def _require_rules(self) -> None:
        """Raises `RulesUnknown` if the rule set in force here is none that this version knows."""
        while self._coming and self._coming[0][0] <= self.index:
            self._rule_set = self._coming.pop(0)[1]
            if not self.rules.knows(self._rule_set):
                self._coming.insert(0, (0, self._rule_set))
                raise RulesUnknown(f"{self._rule_set}, at index {self.index}")

    def _verdict(
        self,
        submission: Submission,
        verified: Verified,
        signers: tuple[Signer, ...],
        body: Body | None,
        unchecked: bool,
    ) -> tuple[Body, Outcome]:
        entry = verified.entry
        if not verified.body_checked:
            _check_form(entry, submission)
        if entry.expires is not None and entry.expires <= self.block_time:
            raise Expired(f"at ledger time {self.block_time}, it expired {entry.expires}")
        entry_type = self.rules.type(entry.type)
        if body is None:
            body = self.rules.parse_body(entry.type, submission.body)
        signers += _introduced(entry_type, body, verified)
        act = Act(
            self.index,
            entry.type,
            entry.author,
            entry.id,
            verified.payload_hash.hex(),
            self.time_of(entry),
            body,
            signers,
            self._earlier(entry_type, body),
            unchecked,
        )
        effects = self.rules.judge(self.state, act, self._rule_set)
        parties = sorted({p for p in entry_type.parties(self.state, act) if p})
        return body, Outcome(effects, parties)

    def _earlier(self, entry_type: EntryType, body: Body) -> Mapping[int, Earlier]:
        if entry_type.earlier is None:
            return {}
        wanted = {index for index in entry_type.earlier(body) if index < self.index}
        found = {index: self.find_earlier(index) for index in sorted(wanted)}
        return {index: one for index, one in found.items() if one is not None}

    def _signers(self, verified: Verified) -> tuple[Signer, ...]:
        entry = verified.entry
        if self.index == 0 and entry.type == system.genesis_type:
            return ()
        if entry.type == epoch_type:
            # Its keys are those that it introduces; what it rests on is the quorum in its body.
            return ()
        return self._speaking.speakers(
            self.state, self.index, entry.author, entry.type, verified.keys
        )

    def _check_origin(self, entry: Entry) -> None:
        if self._log is None:
            if entry.type != system.genesis_type:
                raise WrongOrigin("the first entry of a log is its genesis")
            return
        origin, log = self._log
        if entry.origin != origin:
            raise WrongOrigin(f"{entry.origin} instead of {origin}")
        own = entry.type in (system.block_type, epoch_type)
        if (entry.author == log) != own:
            raise KeyNotValid(
                f"the log's own handle writes {system.block_type} and {epoch_type}, nobody else does"
            )

    def _check_stream(self, entry: Entry) -> None:
        last = self.stream(entry.author)
        if last is None:
            if entry.seq not in (None, 0):
                raise StreamGap(f"{entry.author} has no entries yet", expected_seq=0)
            if entry.seq is None and self.directory.keeps_stream(self.state, entry.author):
                raise StreamMode(f"{entry.author} is a device: its entries carry seq and prev")
            return
        seq, prev = last
        if (entry.seq is None) != (seq < 0):
            raise StreamMode(entry.author)
        if entry.seq is None:
            return
        if entry.seq > seq + 1:
            raise StreamGap(f"seq {entry.seq} comes before {seq + 1}", expected_seq=seq + 1)
        if entry.seq <= seq or entry.prev != prev:
            raise StreamFork(f"seq {entry.seq} after {seq}", expected_seq=seq + 1)

    def _check_body(self, entry: Entry, submission: Submission) -> None:
        if len(submission.body) > body_bytes_max or len(submission.salt) != 32:
            raise BodyMismatch(f"a body has at most {body_bytes_max} bytes and a salt of 32")
        if body_hash(submission.salt, submission.body) != entry.body_hash:
            raise BodyMismatch("body and salt do not hash to body_hash")


def _check_form(entry: Entry, submission: Submission) -> None:
    """What the author signed and nobody can repair: a verdict, so that a stream goes on behind it."""
    try:
        canonical.decode_object(submission.body)
        told = entry.fields_root
        if told is not None and told != fields_root(submission.salt, submission.body):
            raise BodyRefused("fields_root is not the root of the body's fields (formats §6)")
    except canonical.NotCanonical as error:
        raise BodyRefused(error.diagnosis()) from None


def _introduced(entry_type: EntryType, body: Body, verified: Verified) -> tuple[Signer, ...]:
    """Signatures by keys that the body itself registers; the rule says what is wrong with a key."""
    if entry_type.introduces is None:
        return ()
    try:
        introduced = entry_type.introduces(body)
    except KeyRefused:
        return ()
    return tuple(
        Signer(reference, reference.partition(":")[2], "self", public.fingerprint(), speaks=False)
        for reference, public in introduced.items()
        if (reference, public) in verified.keys
    )
