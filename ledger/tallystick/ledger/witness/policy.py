"""Policies as text (C2SP tlog-policy): logs, witnesses, groups of them, and the quorum.

Lines of words parted by spaces and tabs; empty lines and lines that begin with `#` say nothing:

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member>…
    quorum <name>|none

A name is defined once, above its use, and is a member of one group at most. Bytes above ASCII are opaque.
A policy of ML-DSA keys is refused: who cannot check a listed suite vouches for nothing (formats §2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeVar

from tallystick.ledger.keys import PublicKey
from tallystick.ledger.note import NoteKey, NoteRefused, Verifier
from tallystick.ledger.witness.cosignature import Cosigner
from tallystick.ledger.witness.errors import (
    PolicyKeyRefused,
    PolicyNameRefused,
    PolicyNotOfLog,
    PolicyRefused,
    PolicyTooLarge,
    QuorumsApart,
)
from tallystick.ledger.witness.quorum import (
    Group,
    Names,
    Verdict,
    apart,
    judge,
    printable,
    smallest_quorum,
)

policy_bytes_max = 64 * 1024
logs_max = witnesses_max = groups_max = 64
nesting_max = 32
none = "none"
_threshold = re.compile(r"[1-9][0-9]{0,3}")
Key = TypeVar("Key", bound=NoteKey)


@dataclass(frozen=True, slots=True)
class PolicyLog:
    verifier: Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    name: str
    cosigner: Cosigner
    url: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who signs, who cosigns, and which of them suffice."""

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...]
    groups: tuple[Group, ...]
    quorum: str

    @staticmethod
    def parse(data: str | bytes) -> Policy:
        """Raises `PolicyRefused`, with the number of the line."""
        octets = _octets(data) if isinstance(data, str) else data
        if len(octets) > policy_bytes_max:
            raise PolicyTooLarge(f"a policy has at most {policy_bytes_max} bytes")
        reading = _Reading()
        for number, line in enumerate(octets.split(b"\n"), start=1):
            if any((byte < 0x20 and byte != 0x09) or byte == 0x7F for byte in line):
                raise PolicyRefused("control characters are not allowed", number)
            words = re.split("[ \t]+", line.decode(errors="surrogateescape").strip(" \t"))
            if words[0] and not words[0].startswith("#"):
                reading.line(number, words)
        return reading.policy()

    @property
    def is_none(self) -> bool:
        """Whether no cosignature is asked for: whoever verifies must say so."""
        return self.quorum == none

    def judge(self, cosigned: AbstractSet[str]) -> Verdict:
        """Whether the witnesses of these names are a quorum."""
        if self.is_none:
            return Verdict(True, none, frozenset(), ())
        return judge(self.quorum, self._groups(), cosigned)

    def smallest_quorum(self) -> Names:
        """One quorum with the fewest witnesses; empty for `none`."""
        return frozenset() if self.is_none else smallest_quorum(self.quorum, self._groups())

    def apart(self) -> tuple[Names, Names] | None:
        """Two quorums that share no witness, if there are such; None also for `none`."""
        return None if self.is_none else apart(self.quorum, self._groups())

    def require_overlap(self) -> None:
        """Raises `QuorumsApart` unless any two quorums share a witness (formats §3)."""
        sides = self.apart()
        if sides:
            left, right = (" + ".join(printable(name) for name in sorted(side)) for side in sides)
            raise QuorumsApart(f"{left} suffices, and so does {right}")

    def require_of_log(self, keys: AbstractSet[PublicKey]) -> None:
        """Whether a log of these keys can begin with it; raises `PolicyNotOfLog` or `QuorumsApart`.

        Who reads it pins the log key, and takes the policy from genesis: a log line would say it twice.
        """
        if self.logs:
            raise PolicyNotOfLog(f"it names the log {self.logs[0].verifier.name}")
        for one in self.witnesses:
            if one.cosigner.key in keys:
                raise PolicyNotOfLog(f"the key of {printable(one.name)} is one of the log's own")
        self.require_overlap()

    def quorum_without(self, gone: Iterable[str]) -> bool:
        """Whether the witnesses that are left could still meet the quorum; under `none` nobody is needed."""
        left = {one.name for one in self.witnesses} - set(gone)
        return self.is_none or self.judge(left).met

    def _groups(self) -> Mapping[str, Group]:
        return {group.name: group for group in self.groups}


@dataclass
class _Reading:
    """What the lines so far have defined."""

    logs: list[PolicyLog] = field(default_factory=list)
    witnesses: list[PolicyWitness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    depths: dict[str, int] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    keys: set[tuple[str, PublicKey]] = field(default_factory=set)

    def line(self, number: int, words: Sequence[str]) -> None:
        read = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }.get(words[0])
        if read is None:
            raise PolicyRefused(f"{words[0][:40]!r} is none of log, witness, group, quorum", number)
        read(number, words[1:])

    def policy(self) -> Policy:
        if self.quorum is None:
            raise PolicyRefused("a policy has one quorum line")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _log(self, number: int, words: Sequence[str]) -> None:
        if len(words) not in (1, 2):
            raise PolicyRefused("`log <vkey> [<url>]` is expected", number)
        _limit(len(self.logs), logs_max, "logs", number)
        self.logs.append(PolicyLog(self._key(Verifier, words[0], number), *words[1:]))

    def _witness(self, number: int, words: Sequence[str]) -> None:
        if len(words) not in (2, 3):
            raise PolicyRefused("`witness <name> <vkey> [<url>]` is expected", number)
        _limit(len(self.witnesses), witnesses_max, "witnesses", number)
        self._define(words[0], 0, number)
        cosigner = self._key(Cosigner, words[1], number)
        self.witnesses.append(PolicyWitness(words[0], cosigner, *words[2:]))

    def _group(self, number: int, words: Sequence[str]) -> None:
        if len(words) < 3:
            raise PolicyRefused("`group <name> all|any|<k> <member>…` is expected", number)
        _limit(len(self.groups), groups_max, "groups", number)
        name, kind, *members = words
        for member in members:
            self._member(member, number)
        depth = 1 + max(self.depths[member] for member in members)
        if depth > nesting_max:
            raise PolicyTooLarge(f"groups are nested at most {nesting_max} deep", number)
        self._define(name, depth, number)
        self.groups.append(Group(name, _needed(kind, len(members), number), tuple(members)))

    def _quorum(self, number: int, words: Sequence[str]) -> None:
        if len(words) != 1:
            raise PolicyRefused("`quorum <name>` is expected", number)
        if self.quorum is not None:
            raise PolicyRefused("a policy has one quorum line", number)
        if words[0] != none:
            self._known(words[0], number)
        self.quorum = words[0]

    def _define(self, name: str, depth: int, number: int) -> None:
        if name == none or name in self.depths:
            raise PolicyNameRefused(f"the name {name[:80]!r} is taken", number)
        self.depths[name] = depth

    def _known(self, name: str, number: int) -> None:
        if name not in self.depths:
            raise PolicyNameRefused(f"{name[:80]!r} is not defined above this line", number)

    def _member(self, name: str, number: int) -> None:
        self._known(name, number)
        if name in self.members:
            raise PolicyNameRefused(f"{name[:80]!r} is a member of a group already", number)
        self.members.add(name)

    def _key(self, kind: type[Key], text: str, number: int) -> Key:
        try:
            key = kind.parse(text)
        except NoteRefused as error:
            raise PolicyKeyRefused(error.detail, number) from None
        if (kind.__name__, key.key) in self.keys:
            raise PolicyKeyRefused(f"the key of {key.name} stands in an earlier line", number)
        self.keys.add((kind.__name__, key.key))
        return key


def _needed(kind: str, members: int, number: int) -> int:
    if kind in ("any", "all"):
        return 1 if kind == "any" else members
    if _threshold.fullmatch(kind) is None or int(kind) > members:
        raise PolicyRefused(f"{kind[:40]!r} is none of all, any, 1 to {members}", number)
    return int(kind)


def _limit(count: int, most: int, what: str, number: int) -> None:
    if count >= most:
        raise PolicyTooLarge(f"a policy names at most {most} {what}", number)


def _octets(text: str) -> bytes:
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        raise PolicyRefused("a policy is no text with lone surrogates") from None
