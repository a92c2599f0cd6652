"""Making a batch: serials drawn, salted and sorted in several processes, written out once, and forgotten.

Nothing of it counts before the entry with its root is in the log. The serials go to `write` in the order in
which they were drawn, which the sorted leaves do not show, and are kept nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass

from tallystick.identity.minting import leaves, serials
from tallystick.identity.minting.folder import Folder
from tallystick.identity.minting.leaves import Tick

chunk_serials = 20_000
#: Below this, starting processes costs more than it saves.
pool_serials_min = 200_000
ahead_max = 4

Write = Callable[[Sequence[bytes]], None]
Made = tuple[list[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made. `processes`: beside this one; 0 for none."""

    prefix: str
    batch: str
    count: int
    processes: int = 0


def processes_sensible() -> int:
    return os.cpu_count() or 1


def make(folder: Folder, order: Order, write: Write, tick: Tick | None = None) -> bytes:
    """Secret and leaves of a batch, durable when this returns; gives the root.

    `write` gets every suffix once. Raises `SerialTwice`. `tick`: (done, of two for each serial).
    """
    key, bins, done = folder.new_key(order.prefix, order.batch), leaves.Bins(), 0
    for drawn, ordered in _chunks(key, order):
        write(drawn)
        bins.add(ordered)
        done += len(drawn)
        if tick is not None:
            tick(done, 2 * order.count)
    later = None if tick is None else (lambda at, of: tick(of + at, 2 * of))
    path = folder.leaves_path(order.prefix, order.batch)
    return leaves.write(path, bins.ordered(), order.count, later)


def _chunks(key: bytes, order: Order) -> Iterator[Made]:
    sizes = [chunk_serials] * (order.count // chunk_serials)
    if order.count % chunk_serials:
        sizes.append(order.count % chunk_serials)
    if not order.processes or order.count < pool_serials_min:
        for size in sizes:
            yield _made(key, order.prefix, order.batch, size)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(order.processes, context, _prepare, (key,)) as pool:
        waiting: deque[Future[Made]] = deque()
        for size in sizes:
            waiting.append(pool.submit(_made_there, order.prefix, order.batch, size))
            if len(waiting) >= ahead_max * order.processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _made(key: bytes, prefix: str, batch: str, count: int) -> Made:
    """So many serials, and their leaves in order, one behind the other."""
    drawn, head, leaves_drawn = serials.draw(batch, count), f"{prefix}/".encode(), list[bytes]()
    hmac_of, sha256 = hmac.digest, hashlib.sha256
    for one in drawn:
        # Written out, not by `proofs.leaf_of`: a million of them in a few seconds. A test compares them.
        handle = head + one
        salt = hmac_of(key, handle, "sha256")
        leaves_drawn.append(sha256(b"\x00" + salt + handle).digest())
    leaves_drawn.sort()
    return drawn, b"".join(leaves_drawn)


_key = b""


def _prepare(key: bytes) -> None:
    """In the child, once."""
    global _key
    _key = key
    # Ctrl-C reaches the whole group: the process that issues ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _made_there(prefix: str, batch: str, count: int) -> Made:
    return _made(_key, prefix, batch, count)
