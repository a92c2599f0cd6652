"""Making a quorum certificate: all signers are asked at once, their signatures added, the sum verified.

One pairing for all: only if the sum fails is each signature checked by itself, and the wrong ones left out. Who
was lost, slow or wrong is told; nobody's failure stops the others.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

import httpx

from tallystick.ledger.bls.certificate import certificate_line, signed_message, verifies
from tallystick.ledger.bls.encoding import require_form, signature_bytes
from tallystick.ledger.bls.errors import (
    CertificateFails,
    NoAddress,
    NoSecret,
    NotCosigned,
    PointRefused,
    ShareRefused,
    SignersMissing,
)
from tallystick.ledger.bls.registered import ProvenQuorum
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.note import Note, NoteSignature, strict_base64
from tallystick.ledger.witness.collect import Outcome, grace_ms_max, slow, wait_ms_max
from tallystick.ledger.witness.policy import Policy
from tallystick.ledger.witness.posting import Pause, Posting, said

signed = "signed"
_refusals: dict[int, type[TallystickError]] = {403: NotCosigned, 404: NoSecret}
Asking = Future[bytes]


class AskedSigner(Protocol):
    """A signer by its name in the quorum text: a `RemoteSigner`, or one in this process."""

    @property
    def name(self) -> str: ...

    def share(self, note: Note) -> bytes: ...


class RemoteSigner:
    """A witness at an address (`POST <prefix>/sign-quorum`); without one, it says so when it is asked."""

    def __init__(self, name: str, url: str, http: httpx.Client, pause: Pause | None = None) -> None:
        self.name = name
        self._url = url
        self._posting = Posting(name, f"{url.rstrip('/')}/sign-quorum", http, pause)

    def share(self, note: Note) -> bytes:
        """Its signature of the note, in its form and not verified; raises what says why there is none."""
        if not self._url:
            raise NoAddress("the policy says no address for it")
        answer = self._posting.post(note.encode().encode())
        if answer.status_code != 200:
            refusal = _refusals.get(answer.status_code, ShareRefused)
            raise refusal(f"it answered {answer.status_code}: {said(answer)}")
        share = strict_base64(answer.content.decode(errors="replace").removesuffix("\n"))
        try:
            require_form(share, signature_bytes, "the answer")
        except PointRefused as error:
            raise ShareRefused(error.detail) from None
        return share


def remote_signers(quorum: ProvenQuorum, policy: Policy, http: httpx.Client) -> list[RemoteSigner]:
    """All signers of the quorum, at the addresses that the policy has for their cosigner keys."""
    urls = {one.cosigner.name: one.url for one in policy.witnesses}
    return [RemoteSigner(one.name, urls.get(one.name, ""), http) for one in quorum.text.signers]


@dataclass(frozen=True, slots=True)
class Certified:
    """The line to add to the note, who signed, and what each signer did."""

    line: NoteSignature
    signers: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


def certify(
    note: Note,
    quorum: ProvenQuorum,
    signers: Sequence[AskedSigner],
    wait_ms: int = wait_ms_max,
) -> Certified:
    """Ask every signer at once, for `wait_ms` at most; once enough have signed, half a second more.

    Raises `SignersMissing`, which says what each did, if they are too few.
    """
    pool = ThreadPoolExecutor(max(1, len(signers)), thread_name_prefix="signer")
    try:
        asked = {pool.submit(one.share, note): one.name for one in signers}
        done = _wait(set(asked), quorum.text.threshold, wait_ms)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    outcomes = {name: _outcome(f if f in done else None, name) for f, name in asked.items()}
    shares = {asked[f]: f.result() for f in done if f.exception() is None}
    good = _good(note, quorum, shares)
    for name in shares.keys() - good.keys():
        outcomes[name] = Outcome(name, ShareRefused.code, ShareRefused.title)
    told = tuple(outcomes.values())
    if len(good) < quorum.text.threshold:
        failed = [f"{o.witness}: {o.detail or o.code}" for o in told if o.code != signed]
        had = f"{len(good)} signed, {quorum.said} is asked for"
        raise SignersMissing("; ".join([had, *failed]))
    names = tuple(one.name for one in quorum.text.signers if one.name in good)
    return Certified(certificate_line(note, quorum, good), names, told)


def _wait(waiting: set[Asking], needed: int, wait_ms: int) -> set[Asking]:
    """Those that have answered in time."""
    until = time.monotonic_ns() + wait_ms * 1_000_000
    done, enough = set[Asking](), False
    while waiting and (left := until - time.monotonic_ns()) > 0:
        answered, waiting = wait(waiting, left / 10**9, FIRST_COMPLETED)
        done |= answered
        if not enough and sum(one.exception() is None for one in done) >= needed:
            enough = True
            until = min(until, time.monotonic_ns() + grace_ms_max * 1_000_000)
    return done


def _good(note: Note, quorum: ProvenQuorum, shares: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The shares that verify: all of them at once, or else each by itself."""
    if len(shares) < quorum.text.threshold:
        return shares
    try:
        certificate_line(note, quorum, shares)
    except (PointRefused, CertificateFails):
        message, keys = signed_message(note.text), {s.name: s.key for s in quorum.text.signers}
        return {
            name: share for name, share in shares.items() if verifies((keys[name],), message, share)
        }
    return shares


def _outcome(future: Asking | None, name: str) -> Outcome:
    if future is None:
        return Outcome(name, slow, "it has not answered in time")
    error = future.exception()
    if isinstance(error, TallystickError):
        return Outcome(name, error.code, error.detail)
    if error is not None:
        return Outcome(name, "unexpected", repr(error))
    return Outcome(name, signed)
