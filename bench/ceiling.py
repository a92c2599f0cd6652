"""The physical limit of the write path: signatures that this machine verifies per second, bare.

Each core has a process that verifies Ed25519 signatures over messages of an entry's size, with the library
that the ledger uses: no envelope is parsed, nothing is hashed, nothing is looked up.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from bench.measure import Spent, Work
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.bindings import crypto_sign_open

from tallystick.ledger import Envelope, Submission
from tallystick.ledger.entry import pae

signatures_per_core = 2000

#: (raw public key, signature, message)
Signed = tuple[bytes, bytes, bytes]


class Ceiling:
    """Verifies on all cores at once; the processes are warm after the first call."""

    def __init__(self) -> None:
        self.cores = os.cpu_count() or 1
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(self.cores, mp_context=context)
        self._load: list[Signed] = []
        self._rates: list[float] = []

    def work(self, sample: Sequence[Submission]) -> Work:
        """Verify the messages of a sample of entries, repeated on every core."""
        self.load(sample)

        def work() -> int:
            begun = [self._pool.submit(verify, self._load) for _ in range(self.cores)]
            return sum(future.result() for future in begun)

        work()
        return work

    def rate(self, sample: Sequence[Submission], rounds: int = 3) -> float:
        """Signatures per second on all cores."""
        work = self.work(sample)
        rates = []
        for _ in range(rounds):
            began = time.perf_counter()
            rates.append(work() / (time.perf_counter() - began))
        return statistics.median(rates)

    def rate_on(self, sample: Sequence[Submission], cores: int) -> float:
        """Signatures per second on so many cores, once; the processes are warm."""
        self.load(sample)
        [
            future.result()
            for future in [self._pool.submit(verify, self._load) for _ in range(self.cores)]
        ]
        began = time.perf_counter()
        begun = [self._pool.submit(verify, self._load) for _ in range(cores)]
        done = sum(future.result() for future in begun)
        return done / (time.perf_counter() - began)

    def load(self, sample: Sequence[Submission]) -> None:
        key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        public = key.public_key().public_bytes_raw()
        messages = [pae(Envelope.parse(entry.envelope).payload) for entry in sample[:256]]
        signed = [(public, key.sign(message), message) for message in messages]
        self._load = (signed * (signatures_per_core // len(signed) + 1))[:signatures_per_core]

    def alone(self, sample: Sequence[Submission]) -> Spent:
        """The same in this process: processor seconds per signature."""
        self.load(sample)
        cpu, wall = time.process_time(), time.perf_counter()
        count = verify(self._load)
        return Spent(count, time.perf_counter() - wall, time.process_time() - cpu)

    def close(self) -> None:
        self._pool.shutdown()


def verify(load: Sequence[Signed]) -> int:
    """Raises `BadSignatureError`; how many were verified."""
    for raw, signature, message in load:
        crypto_sign_open(signature + message, raw)
    return len(load)
