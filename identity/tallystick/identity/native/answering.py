"""What a node answers to questions of the native protocol: the same records, by the same permissions, as over HTTP.

| question | answer |
| --- | --- |
| resolution | 1 with values, as of now or of the moment that one of the types names (`asof.wish`), 100 no such handle, 200 no such value; 302 and where to ask for what is at home elsewhere, unless the flag DNR forbids it; 402 and a nonce where a value is asked for by index or type that the public does not see, unless the flag PO says that public ones will do |
| site information | addresses of the service, and the key that signs its answers |
| answer to a challenge | what was asked for, as that key's organisation may read it |
| anything else | 5: every change is a signed entry, and goes by HTTP |

A value that is not there and one that is not yours to read look alike. What is no message, or is itself an
answer, gets none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from tallystick.identity import names
from tallystick.identity.asof.moment import index_of
from tallystick.identity.asof.wish import AsOf, wished
from tallystick.identity.filters import is_of, is_wanted
from tallystick.identity.native import bodies, login, signing
from tallystick.identity.native.errors import (
    NativeRefused,
    OperationUnsupported,
    authentication_failed,
)
from tallystick.identity.native.message import (
    Message,
    authoritative,
    certify,
    challenge_response,
    get_site_info,
    keep_alive,
    no_referral,
    public_only,
    read_message,
    resolution,
    return_digest,
)
from tallystick.identity.native.present import Present
from tallystick.identity.native.proving import moment_told, proof_index, proof_type, proofs
from tallystick.identity.native.sites import Site
from tallystick.identity.native.translate import encoded, to_wire
from tallystick.identity.prefixes import answers as prefixes
from tallystick.identity.prefixes.counting import Counts, Outcome, Uncounted
from tallystick.identity.remembered import Remembered
from tallystick.identity.views import CodesOfBatches, Value, documents_of, resolve, values_for
from tallystick.ledger import (
    Clock,
    PrivateKey,
    Reader,
    SystemClock,
    TallystickError,
    View,
    hot_value,
    public_reader,
)

success, failed, busy = 1, 2, 3
handle_not_found, values_not_found, authentication_needed = 100, 200, 402
service_referral = 302
_outcomes: Mapping[int, Outcome] = {
    success: "found",
    values_not_found: "found",
    handle_not_found: "missing",
    service_referral: "missing",
}
_lasting = frozenset(_outcomes)
site_types = ("HS_SITE", "HS_SERV")
#: An encoded answer, the prefix that was asked for, and whether there was something.
_Known = tuple[bytes, str | None, Outcome]
#: Of answers that are remembered, about.
answers_bytes_max = 64 * 1024 * 1024
_answer_bytes = 700
#: A longer question is not asked twice.
_remembered_bytes_max = 512


@hot_value
class Told:
    """An encoded answer. `proven`: whoever asked has shown that it reads what is sent to its address."""

    message: bytes
    proven: bool = False


@dataclass(frozen=True)
class Service:
    """`base_url`: where proofs are; without `key` nothing is signed."""

    site: Site
    base_url: str
    key: PrivateKey | None = None


class NodeAnswers:
    """Answers from a log. Not for several threads at once."""

    def __init__(
        self,
        present: Present,
        service: Service,
        clock: Clock | None = None,
        issued: CodesOfBatches | None = None,
        counts: Counts | None = None,
        admission: login.Admission | None = None,
    ) -> None:
        """`issued` finds codes of batches that nobody has seen yet; `counts` is told what was asked."""
        self._issued, self._counts = issued, counts or Uncounted()
        self._admission = admission or login.Admission()
        self._present, self._service = present, service
        self._clock = clock or SystemClock()
        self._challenges = login.Challenges()
        self._known: Remembered[bytes, _Known] = Remembered(answers_bytes_max)
        self._generation = 0
        self._asked_of: str | None = None
        self._operations: Mapping[int, Callable[[Message, str], Message]] = {
            resolution: self._resolution,
            get_site_info: self._site_info,
            challenge_response: self._challenged,
        }

    def expect(self, questions: Collection[bytes]) -> None:
        """These are asked next: what they are about is read in one statement."""
        with suppress(TallystickError):
            self._renew()
            unknown = [one for one in questions if not self._known.has(_key(one))]
            handles = map(bodies.handle_asked, unknown)
            self._present.snapshot.expect(documents_of(handles))

    def answer(self, data: bytes, source: str) -> Told | None:
        """To one message; None for what deserves no answer."""
        key = _key(data)
        try:
            self._renew()
        except TallystickError as error:
            return self._unable(data, error)
        known = self._known.get(key)
        if known is not None:
            told, prefix, outcome = known
            self._count(prefix, outcome)
            return Told(told[:4] + data[4:12] + told[12:])
        try:
            asked = read_message(data)
        except NativeRefused:
            return None
        if asked.code:
            return None
        answer = self._answered(asked, source)
        encoded = answer.encode()
        if asked.operation == resolution and answer.code in _lasting:
            prefix, outcome = self._asked_of, _outcomes[answer.code]
            self._count(prefix, outcome)
            if not asked.has(certify) and len(key) <= _remembered_bytes_max:
                self._known.keep(key, (encoded, prefix, outcome), _answer_bytes + len(encoded))
            return Told(encoded)
        return Told(encoded, _proven(asked, answer))

    def rest(self) -> None:
        """Called between questions."""
        self._present.rest()

    def close(self) -> None:
        self._present.close()

    def _renew(self) -> None:
        """Forget what was said before the log grew."""
        generation = self._present.refresh()
        if generation != self._generation:
            self._known.clear()
            self._generation = generation

    def _answered(self, asked: Message, source: str) -> Message:
        try:
            operation = self._operations.get(asked.operation)
            if operation is None:
                raise OperationUnsupported(str(asked.operation))
            return operation(asked, source)
        except NativeRefused as error:
            return _refusal(asked, error.response_code, error.code)
        except TallystickError as error:
            return _refusal(asked, busy if error.status == 503 else failed, error.code)

    def _site_info(self, asked: Message, _source: str) -> Message:
        return self._signed(asked, _reply(asked, success, self._service.site.encode()))

    def _resolution(self, asked: Message, source: str) -> Message:
        return self._resolved(asked, public_reader, source)

    def _challenged(self, reply: Message, source: str) -> Message:
        """The question that was challenged, for whom the reply shows that it asks."""
        pending = self._challenges.take(source, reply.session)
        asked = replace(pending.question, request=reply.request, session=reply.session)
        told = bodies.read_reply(reply.body)
        message = login.login_message(pending.nonce, pending.question)
        snapshot, admission = self._present.snapshot, self._admission
        asker = login.asker_of(snapshot.view, told, message, admission.read_by)
        handle = bodies.read_question(asked.body).handle
        with admission.noting(asker, handle) as reader:
            return self._resolved(asked, reader.grading(snapshot.raised), source)

    def _resolved(self, asked: Message, reader: Reader, source: str) -> Message:
        question, snapshot = bodies.read_question(asked.body), self._present.snapshot
        view, at = snapshot.view, None
        if question.types:
            types, moment = wished(question.types)
            question = replace(question, types=types)
            at = None if moment is None else index_of(snapshot, moment)
        record = resolve(view, question.handle, at, self._issued)
        self._asked_of = prefixes.registered(view, record.handle if record else question.handle)
        if at is not None and (record is None or record.deleted):
            said = AsOf(at, record.since if record else None).missing()
            return self._signed(asked, _refusal(asked, handle_not_found, said))
        if record is None or record.deleted:
            elsewhere = None if asked.has(no_referral) else self._elsewhere(view, question.handle)
            if elsewhere is not None:
                return self._signed(asked, _reply(asked, service_referral, elsewhere.encode()))
            return self._signed(asked, _refusal(asked, handle_not_found, ""))
        readable = values_for(reader, record)
        found = readable
        if question.indexes or question.types:
            found = tuple(one for one in found if is_wanted(one, question.indexes, question.types))
        if not asked.flags & public_only and not reader.is_known() and _lacks(question, found):
            return self._challenge(asked, source)
        told = [encoded(value) for value in found]
        base_url = self._service.base_url
        if at is not None:
            told.append(moment_told(record, at, base_url).encode())
        if proof_type in question.types or proof_index in question.indexes:
            proven = proofs(record, readable, base_url)
            told += [value.encode() for value in proven]
        if not told:
            return self._signed(asked, _refusal(asked, values_not_found, ""))
        body = bodies.resolved(record.handle, told)
        return self._signed(asked, _reply(asked, success, body))

    def _elsewhere(self, view: View, handle: str) -> bodies.Referral | None:
        """Where the prefix is at home now: its sites if its holder wrote some into its record, else that record."""
        if prefixes.referral(view, handle) is None:
            return None
        name = f"{names.prefixes}/{names.split(handle)[0]}"
        record = resolve(view, name)
        public = values_for(public_reader, record) if record else ()
        sites = tuple(to_wire(value) for value in public if value.type in site_types)
        return bodies.Referral("" if sites else name, sites)

    def _count(self, prefix: str | None, outcome: Outcome) -> None:
        if prefix is not None:
            self._counts.count(prefix, outcome)

    def _challenge(self, asked: Message, source: str) -> Message:
        session, nonce = self._challenges.new(source, asked)
        body = bodies.Challenge(nonce).encode()
        # The digest is there whether it was asked for or not: it is part of what the client signs.
        flagged = replace(asked, flags=asked.flags | return_digest)
        told = _reply(asked, authentication_needed, bodies.with_digest(flagged, body), whole=True)
        return replace(told, session=session, flags=told.flags | return_digest)

    def _signed(self, asked: Message, answer: Message) -> Message:
        if not asked.flags & certify or self._service.key is None:
            return answer
        until = self._clock.now_ms() // 1000 + signing.valid_s
        flagged = replace(answer, flags=answer.flags | certify, expiration=until)
        return signing.sign(flagged, self._service.key)

    def _unable(self, data: bytes, error: TallystickError) -> Told | None:
        try:
            asked = read_message(data)
        except NativeRefused:
            return None
        return None if asked.code else Told(_refusal(asked, busy, error.code).encode())


def _key(data: bytes) -> bytes:
    """Everything but session and request: they are the asker's own numbers."""
    return data[:4] + data[12:]


def _lacks(question: bodies.Question, found: Sequence[Value]) -> bool:
    """Whether something was asked for by name that is not among what was found."""
    if not question.indexes and not question.types:
        return False
    indexes = {value.index for value in found} | {proof_index}
    if any(index not in indexes for index in question.indexes):
        return True
    kinds = {value.type for value in found} | {proof_type}
    return any(not any(is_of(kind, one) for kind in kinds) for one in question.types)


def _reply(asked: Message, code: int, body: bytes, *, whole: bool = False) -> Message:
    """`whole`: the digest of the question stands in the body already."""
    kept = asked.flags & (return_digest | keep_alive)
    return Message(
        asked.operation,
        body if whole else bodies.with_digest(asked, body),
        code,
        authoritative | kept,
        asked.session,
        asked.request,
        asked.version,
        asked.site_serial,
        asked.recursion,
        suggested=asked.suggested,
    )


def _refusal(asked: Message, code: int, said: str) -> Message:
    return _reply(asked, code, bodies.Refusal(said).encode())


def _proven(asked: Message, answer: Message) -> bool:
    """A challenge that was answered went to the address from which the answer came."""
    return asked.operation == challenge_response and answer.code < authentication_failed
