"""The resolver's answers by the native protocol.

They are never authoritative; their expiration says until when they are fresh, so that a time past says *stale*.
The flag AT in a question asks for what the origin says now. With the flag CT answers are signed, by the resolver:
that says who told it, and not that it is so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from tallystick.identity.asof.errors import AsOfNotTold
from tallystick.identity.asof.wish import as_of_index, as_of_type, type_of, wished
from tallystick.identity.names import HandleRefused
from tallystick.identity.native import Site, Told, proof_type, signing
from tallystick.identity.native.bodies import (
    Question,
    Refusal,
    Resolved,
    read_question,
    with_digest,
)
from tallystick.identity.native.errors import NativeRefused, OperationUnsupported
from tallystick.identity.native.fields import u32_max
from tallystick.identity.native.message import (
    Message,
    authoritative,
    certify,
    get_site_info,
    keep_alive,
    read_message,
    recursive,
    resolution,
    return_digest,
)
from tallystick.identity.native.translate import to_wire
from tallystick.identity.native.values import NativeValue
from tallystick.identity.recursion.found import (
    Found,
    failed,
    filtered,
    handle_not_found,
    recursion_too_deep,
    success,
    values_not_found,
)
from tallystick.identity.recursion.over_native import unnamed
from tallystick.identity.recursion.resolver import LoopRefused, Resolver
from tallystick.identity.recursion.upstreams import NobodyKnows
from tallystick.ledger import Clock, PrivateKey, SystemClock, TallystickError, canonical

not_responsible = 301
#: What errors of the resolver are in the protocol.
_codes: dict[type[TallystickError], int] = {
    LoopRefused: recursion_too_deep,
    NobodyKnows: not_responsible,
    HandleRefused: handle_not_found,
}


class ResolverAnswers:
    """For a server with threads: an answer waits for others."""

    def __init__(
        self,
        resolver: Resolver,
        site: Site,
        key: PrivateKey | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Without `key` nothing is signed."""
        self._resolver, self._site, self._key = resolver, site, key
        self._clock = clock or SystemClock()

    def expect(self, questions: Collection[bytes]) -> None:
        """Each is asked of somebody else."""

    def answer(self, data: bytes, source: str) -> Told | None:
        """To one message; None for what deserves no answer."""
        try:
            asked = read_message(data)
        except NativeRefused:
            return None
        if asked.code:
            return None
        return Told(self._signed(asked, self._tried(asked)).encode())

    def rest(self) -> None:
        """Nothing is held between questions."""

    def close(self) -> None:
        """Nor at the end."""

    def _tried(self, asked: Message) -> Message:
        try:
            return self._answered(asked)
        except NativeRefused as error:
            return _refusal(asked, error.response_code, error.code)
        except TallystickError as error:
            return _refusal(asked, code_of(error), error.code)

    def _signed(self, asked: Message, answer: Message) -> Message:
        """Until when it holds is signed too: a time past says that it was stale when it was told."""
        if not asked.has(certify) or self._key is None:
            return answer
        until = answer.expiration or self._clock.now_ms() // 1000 + signing.valid_s
        flagged = replace(answer, flags=answer.flags | certify, expiration=until)
        return signing.sign(flagged, self._key)

    def _answered(self, asked: Message) -> Message:
        if asked.operation == get_site_info:
            return _reply(asked, success, self._site.encode())
        if asked.operation != resolution:
            raise OperationUnsupported(str(asked.operation))
        question = read_question(asked.body)
        hops = (unnamed,) * asked.recursion
        rest, moment = wished(question.types)
        if moment is not None:
            return self._of_then(asked, replace(question, types=rest), type_of(moment), hops)
        told = self._resolver.resolve(question.handle, hops, fresh=asked.has(authoritative))
        found = self._filtered(told.found, question, hops)
        if found.code != success:
            return _refusal(asked, found.code, "")
        body = Resolved(found.handle, tuple(to_wire(value) for value in found.values))
        until_s = min(u32_max, told.until_ms // 1000)
        return replace(_reply(asked, success, body.encode()), expiration=until_s)

    def _of_then(
        self, asked: Message, question: Question, moment: str, hops: tuple[str, ...]
    ) -> Message:
        """Asked of the origin each time: what is remembered is of now."""
        found = self._resolver.ask(question.handle, (moment,), hops)
        if found.as_of is None or found.code not in (success, values_not_found, handle_not_found):
            raise AsOfNotTold(found.source or "")
        if found.code == handle_not_found:
            return _refusal(asked, found.code, found.as_of.missing())
        told = [
            to_wire(value) for value in filtered(found, question.indexes, question.types).values
        ]
        members = found.as_of.members() | ({"proof": found.proof} if found.proof else {})
        told.append(NativeValue(as_of_index, as_of_type, canonical.encode(members), ttl=0))
        if proof_type in question.types:
            proven = self._resolver.ask(question.handle, (proof_type, moment), hops)
            told += [to_wire(value) for value in proven.values]
        return _reply(asked, success, Resolved(found.handle, tuple(told)).encode())

    def _filtered(self, whole: Found, question: Question, hops: tuple[str, ...]) -> Found:
        found = filtered(whole, question.indexes, question.types)
        if proof_type not in question.types or whole.code not in (success, values_not_found):
            return found
        proven = self._resolver.ask(question.handle, (proof_type,), hops)
        values = (*found.values, *proven.values)
        return replace(found, code=success if values else values_not_found, values=values)


def code_of(error: TallystickError) -> int:
    """The response code for an error of the resolver."""
    return next((code for kind, code in _codes.items() if isinstance(error, kind)), failed)


def _reply(asked: Message, code: int, body: bytes) -> Message:
    kept = asked.flags & (return_digest | keep_alive)
    return replace(
        asked,
        code=code,
        flags=kept | recursive,
        body=with_digest(asked, body),
        credential=None,
        expiration=0,
    )


def _refusal(asked: Message, code: int, said: str) -> Message:
    return _reply(asked, code, Refusal(said).encode())
