"""Selective disclosure (RFC 9901 §4, §7.1): salted digests in what is signed, fields beside it.

A disclosure is base64url of [salt, name, value], or of [salt, value] for a member of an array; its digest is
the base64url SHA-256 of that text. Whatever is shown must have its digest in what the issuer signed, exactly
once, also within other disclosures; else all of it is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tallystick.identity.credentials.errors import DisclosureRefused
from tallystick.identity.credentials.jws import base64_of, from_base64, read_json
from tallystick.ledger import canonical

salt_bytes = 16
disclosures_max = 2000
depth_max = 12
digests_member, algorithm_member, element_member = "_sd", "_sd_alg", "..."
digest_algorithm = "sha-256"
#: What SD-JWT VC lets nobody hide or bring in by a disclosure.
never_hidden = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})
Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A field to show. `name` is empty for a member of an array."""

    text: str
    name: str
    value: Any

    @property
    def digest(self) -> str:
        return digest_of(self.text)

    @staticmethod
    def of(name: str, value: object, random: Random) -> Disclosure:
        salt = base64_of(random(salt_bytes))
        told = [salt, name, value] if name else [salt, value]
        return Disclosure(base64_of(canonical.encode(told)), name, value)

    @staticmethod
    def parse(text: str) -> Disclosure:
        """Raises `CredentialMalformed` or `DisclosureRefused`."""
        match read_json(from_base64(text)):
            case [str(), str(name), value] if name not in _reserved:
                return Disclosure(text, name, value)
            case [str(), value]:
                return Disclosure(text, "", value)
            case _:
                raise DisclosureRefused("it is not [salt, name, value]")


_reserved = frozenset({"", digests_member, algorithm_member, element_member}) | never_hidden


@dataclass(frozen=True, slots=True)
class Hidden:
    """A payload to sign, and the disclosures of what it hides."""

    payload: Mapping[str, Any]
    disclosures: tuple[Disclosure, ...]


def hide(
    visible_claims: Mapping[str, Any], hidden_claims: Mapping[str, Any], random: Random
) -> Hidden:
    """A payload that shows `visible_claims` and hides each of `hidden_claims`, of which each member of a list by itself."""
    made: list[Disclosure] = []
    digests: list[str] = []
    payload = dict(visible_claims)
    for name, value in hidden_claims.items():
        if isinstance(value, Members):
            inner = [Disclosure.of("", member, random) for member in value.members]
            made += inner
            payload[name] = [{element_member: one.digest} for one in inner]
        else:
            made.append(Disclosure.of(name, value, random))
            digests.append(made[-1].digest)
    # In the order of their values, so that their places say nothing about their names.
    payload |= {digests_member: sorted(digests)} if digests else {}
    return Hidden({**payload, algorithm_member: digest_algorithm}, tuple(made))


@dataclass(frozen=True, slots=True)
class Members:
    """A list of which each member is shown or hidden by itself; that there are so many is seen."""

    members: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Revealed:
    """Claims as far as they are shown. `hidden`: how many digests were met without their disclosure."""

    claims: Mapping[str, Any]
    hidden: int


def reveal(payload: Mapping[str, Any], disclosures: Sequence[str]) -> Revealed:
    """RFC 9901 §7.1, steps 3 and 4. Raises `DisclosureRefused` or `CredentialMalformed`."""
    if payload.get(algorithm_member, digest_algorithm) != digest_algorithm:
        raise DisclosureRefused("its digests are not SHA-256")
    if len(disclosures) > disclosures_max:
        raise DisclosureRefused(f"more than {disclosures_max} disclosures")
    found = {one.digest: one for one in map(Disclosure.parse, disclosures)}
    if len(found) != len(disclosures):
        raise DisclosureRefused("a disclosure stands twice")
    walk = _Walk(found)
    claims = walk.members({k: v for k, v in payload.items() if k != algorithm_member}, 0)
    unused = found.keys() - walk.seen
    if unused:
        names = sorted(found[digest].name or "a member of a list" for digest in unused)
        raise DisclosureRefused(f"not signed by the issuer: {', '.join(names)}")
    return Revealed(claims, walk.hidden)


@dataclass
class _Walk:
    by_digest: Mapping[str, Disclosure]
    seen: set[str] = field(default_factory=set)
    hidden: int = 0

    def value(self, value: Any, depth: int) -> Any:
        if depth > depth_max:
            raise DisclosureRefused(f"nested deeper than {depth_max}")
        if isinstance(value, dict):
            return self.members(cast(dict[str, Any], value), depth)
        return self.array(value, depth) if isinstance(value, list) else value

    def members(self, told: Mapping[str, Any], depth: int) -> dict[str, Any]:
        if element_member in told or (depth and algorithm_member in told):
            raise DisclosureRefused("a reserved member stands where none may")
        shown = {k: self.value(v, depth + 1) for k, v in told.items() if k != digests_member}
        digests = told.get(digests_member, [])
        if not isinstance(digests, list):
            raise DisclosureRefused("_sd is a list of digests")
        for one in map(self._look, digests):
            if one is None:
                continue
            if not one.name or one.name in shown:
                raise DisclosureRefused(f"{one.name or 'a member of a list'} stands there already")
            shown[one.name] = self.value(one.value, depth + 1)
        return shown

    def array(self, told: Sequence[Any], depth: int) -> list[Any]:
        shown: list[Any] = []
        for member in told:
            if not isinstance(member, dict) or element_member not in member:
                shown.append(self.value(member, depth + 1))
                continue
            if len(cast(dict[str, Any], member)) != 1:
                raise DisclosureRefused("a hidden member has a digest and nothing else")
            one = self._look(member[element_member])
            if one is not None and one.name:
                raise DisclosureRefused(f"{one.name} is no member of a list")
            if one is not None:
                shown.append(self.value(one.value, depth + 1))
        return shown

    def _look(self, digest: object) -> Disclosure | None:
        if not isinstance(digest, str) or digest in self.seen:
            raise DisclosureRefused("a digest stands twice, or is none")
        self.seen.add(digest)
        one = self.by_digest.get(digest)
        self.hidden += one is None
        return one


def digest_of(text: str) -> str:
    return base64_of(hashlib.sha256(text.encode()).digest())
