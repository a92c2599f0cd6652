"""What the log's witnesses cosigned last, asked of all of them at once and for a bounded time.

A witness convicts by what the log itself signed: only a checkpoint that bears the log's signature counts, and
the cosignature of this very witness. One that cosigned for this origin under a key that the log never had watches
another operator; where too few are left for any quorum, this one is fenced. One that does not answer, or answers anything else, is told and blocks
nothing: what it would show is asked for again as soon as the log has a checkpoint (`LogFenced`). Whoever wants
more requires a quorum of answers: it shares a witness with every other quorum, so with the one of the newest
checkpoint that is final.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import httpx

from tallystick.ledger.checkpoint import Checkpoint, open_checkpoint
from tallystick.ledger.errors import NoLog, TallystickError
from tallystick.ledger.governance import OperatorKeys, all_operator_keys, log_policy
from tallystick.ledger.note import Note, Verifier, note_bytes_max
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.start.compare import Claim
from tallystick.ledger.store import Store, StoredView
from tallystick.ledger.witness import (
    Policy,
    PolicyWitness,
    cosign_times,
    origin_hash,
    printable,
)
from tallystick.ledger.witness.errors import WitnessAnswerRefused, WitnessUnreachable

ask_ms_max = 3000


@dataclass(frozen=True, slots=True)
class Known:
    """Whom to ask and whom to believe, as a database says it: the log's policy and its keys, oldest first."""

    origin: str
    policy: Policy
    keys: tuple[OperatorKeys, ...]

    @staticmethod
    def by(store: Store, rules: RuleSet) -> Known:
        """Raises `NoLog`."""
        with store.read() as transaction:
            if transaction.tree() is None:
                raise NoLog("the database is empty")
            view = StoredView(transaction, rules)
            keys = tuple(all_operator_keys(view))
            return Known(keys[0].log.name, log_policy(view), keys)

    def verifier(self, size: int) -> Verifier:
        """By whose key a checkpoint of this size is signed."""
        return [one.log for one in self.keys if one.since < size or one is self.keys[0]][-1]


class KeySuperseded(TallystickError):
    code = "log-key-superseded"
    status = 503
    title = "The witness cosigns this log under a key that is not this log's"
    advice = (
        "Where an epoch began, another operator goes on: docs/how-to/replace-a-lost-operator.md."
    )


class WitnessesSilent(TallystickError):
    code = "witnesses-silent"
    status = 503
    title = (
        "Too few witnesses say what they cosigned last, and this node was told not to start without"
    )
    advice = (
        "Start again when a quorum answers, or set TALLYSTICK_START_NEEDS_QUORUM=false: then only the "
        "signer's memory says whether this database is the newest."
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What one witness of the policy said; `why` it said nothing that counts, else empty.

    `superseded`: it cosigned this log under a key that the database does not know.
    """

    witness: str
    claim: Claim | None = None
    why: str = ""
    superseded: bool = False

    def __str__(self) -> str:
        if self.claim is None:
            return f"{printable(self.witness)}: {self.why}"
        if not self.claim.size:
            return f"{printable(self.witness)} has cosigned nothing of this log yet"
        return f"{printable(self.witness)} cosigned {self.claim.size} entries last"


@dataclass(frozen=True, slots=True)
class Asked:
    """What all of them said. `policy` is the log's."""

    policy: Policy
    told: tuple[Told, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        return tuple(one.claim for one in self.told if one.claim is not None and one.claim.size)

    def superseded(self) -> str:
        """Who cosigns under another key, if no quorum is left without them; else empty."""
        gone = [one.witness for one in self.told if one.superseded]
        if self.policy.quorum_without(gone):
            return ""
        return ", ".join(map(printable, gone))

    def require_quorum(self) -> None:
        """Raises `WitnessesSilent` unless those that answered are a quorum."""
        answered = {one.witness for one in self.told if one.claim is not None}
        if not self.policy.is_none and not self.policy.judge(answered).met:
            silent = [str(one) for one in self.told if one.claim is None]
            raise WitnessesSilent("; ".join(silent))


def ask_witnesses(known: Known, http: httpx.Client, wait_ms: int = ask_ms_max) -> Asked:
    """Ask every witness of the policy that has an address. Raises nothing because of what one does."""
    witnesses = known.policy.witnesses
    reachable = [one for one in witnesses if one.url]
    pool = ThreadPoolExecutor(max(1, len(reachable)), thread_name_prefix="start")
    try:
        until_ns = time.monotonic_ns() + wait_ms * 1_000_000
        asked = {one.name: pool.submit(_ask, known, one, http, until_ns) for one in reachable}
        wait(asked.values(), wait_ms / 1000)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return Asked(known.policy, tuple(_told(one, asked.get(one.name)) for one in witnesses))


def _told(witness: PolicyWitness, asked: Future[Claim] | None) -> Told:
    if asked is None:
        return Told(witness.name, why="the policy says no address")
    if not asked.done() or asked.cancelled():
        return Told(witness.name, why="it has not answered in time")
    error = asked.exception()
    if isinstance(error, KeySuperseded):
        return Told(witness.name, why=f"{error.detail} ({error.code})", superseded=True)
    if isinstance(error, TallystickError):
        return Told(witness.name, why=f"{error.title}: {error.detail} ({error.code})")
    if error is not None:
        return Told(witness.name, why=repr(error))
    return Told(witness.name, asked.result())


def _ask(known: Known, witness: PolicyWitness, http: httpx.Client, until_ns: int) -> Claim:
    """Its newest checkpoint; raises why that does not count."""
    url = f"{witness.url.rstrip('/')}/{origin_hash(known.origin)}/checkpoint"
    try:
        status, data = _get(http, url, until_ns)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise WitnessUnreachable(str(error) or type(error).__name__) from None
    who = f"witness {printable(witness.name)}"
    if status == 404:
        return Claim(who, 0, b"")
    if status != 200:
        raise WitnessAnswerRefused(f"it answered {status}")
    note = Note.read(data)
    if witness.name not in cosign_times(note, known.policy):
        raise WitnessAnswerRefused("it has not cosigned what it shows")
    shown = Checkpoint.parse_extended(note.text)
    if shown.origin == known.origin and not _by_known_key(note, known):
        raise KeySuperseded(f"it cosigned {shown.size} entries under a key that is not this log's")
    return claim_by(note.encode(), known, who)


def _by_known_key(note: Note, known: Known) -> bool:
    """A signature under a key's own name and ID that fails is damage, and no other key."""
    lines = {(line.name, line.key_id) for line in note.signatures}
    return any((one.log.name, one.log.key_id) in lines for one in known.keys)


def _get(http: httpx.Client, url: str, until_ns: int) -> tuple[int, bytes]:
    """Status and body, within limits of bytes and time."""
    left_s = max(1, until_ns - time.monotonic_ns()) / 10**9
    headers = {"Accept-Encoding": "identity"}
    with http.stream("GET", url, headers=headers, timeout=left_s) as answer:
        got = bytearray()
        for chunk in answer.iter_raw():
            got += chunk
            if len(got) > note_bytes_max:
                raise WitnessAnswerRefused(f"more than {note_bytes_max} bytes")
            if time.monotonic_ns() > until_ns:
                raise httpx.ReadTimeout("the answer took too long")
        return answer.status_code, bytes(got)


def claim_by(note: str, known: Known, who: str) -> Claim:
    """What a checkpoint claims; raises `NoteRefused`, or `CheckpointRefused` if the log did not sign it."""
    size = Checkpoint.parse_extended(Note.parse(note).text).size
    opened = open_checkpoint(note, known.verifier(size))
    return Claim(who, opened.size, opened.root)
