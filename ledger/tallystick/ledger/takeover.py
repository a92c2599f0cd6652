"""Taking a log over after its operator was lost (formats §3, Epoch): by hand, on a complete store.

The store ends exactly where the epoch begins, and every leaf and body below is there: all of it is replayed
first. The new operator's signer remembers the start before it signs anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tallystick.ledger.audit import audit
from tallystick.ledger.checker import Checker
from tallystick.ledger.claims import claimed_size
from tallystick.ledger.entry import SigningKey
from tallystick.ledger.epoch_proof import EpochProof
from tallystick.ledger.errors import NoLog, TallystickError
from tallystick.ledger.governance import Epoch, EpochRefused
from tallystick.ledger.reader import LogReader, NotSealed, Snapshot
from tallystick.ledger.replay import NotSound
from tallystick.ledger.service import Ledger
from tallystick.ledger.signer import SignerMemory


class TakeOverRefused(TallystickError):
    code = "takeover-refused"
    status = 409
    title = "This store cannot take the log over"
    advice = "Nothing was changed. Take over on a store that ends where the epoch begins."


class TakeOverIncomplete(TakeOverRefused):
    code = "takeover-store-incomplete"
    title = "This store lacks a leaf or a body below the epoch's start, or is not sound"
    advice = (
        "Nothing was changed. Import a full export that reaches the start, or ask another mirror."
    )


class TakeOverBeyond(TakeOverRefused):
    code = "takeover-store-beyond"
    title = "This store holds entries beyond the epoch's start, which are not in the log any more"
    advice = (
        "Nothing was changed. `tallystick log import DIR --size N` makes a store of the first N entries "
        "from a full export of this one."
    )


class TakeOverSigned(TakeOverRefused):
    code = "takeover-signer-used"
    title = "A signer on this machine has signed another tree of the log"
    advice = (
        "Take over with a fresh TALLYSTICK_HOME: the lost operator's signer is never used again."
    )


def take_over(
    ledger: Ledger, epoch: Epoch, keys: Sequence[SigningKey], memory: SignerMemory, checker: Checker
) -> None:
    """Begin the epoch; `ledger` signs with its keys. Raises `TakeOverRefused` or `EpochRefused`."""
    _check_store(ledger, epoch, checker)
    size, root = memory.load()
    with LogReader(ledger.store, ledger.rules).open() as snapshot:
        if size > epoch.size or root != snapshot.root_at(size):
            raise TakeOverSigned(f"it signed {size} entries, the epoch begins at {epoch.size}")
    memory.save(epoch.size, bytes.fromhex(epoch.root))
    ledger.begin_epoch(epoch, keys)


def _check_store(ledger: Ledger, epoch: Epoch, checker: Checker) -> None:
    with ledger.store.read() as transaction:
        tree = transaction.tree()
    if tree is None:
        raise NoLog(ledger.origin)
    if tree.size < epoch.size:
        raise TakeOverIncomplete(f"it has {tree.size} entries, the epoch begins at {epoch.size}")
    if tree.size > epoch.size:
        raise TakeOverBeyond(f"it has {tree.size} entries, the epoch begins at {epoch.size}")
    if tree.root.hex() != epoch.root:
        raise EpochRefused(f"the root of this store is {tree.root.hex()}, the epoch's {epoch.root}")
    pinned = max((told.checkpoint for told in epoch.stopped), key=_size, default="")
    try:
        found = audit(ledger.store, ledger.rules, ledger.directory, checker, pinned=pinned or None)
        found.require_checked()
    except NotSound as finding:
        raise TakeOverIncomplete(finding.detail) from None


def _size(note: str) -> int:
    return claimed_size(note) or 0


def prove_epoch(reader: LogReader, sizes: Iterable[int] = ()) -> EpochProof:
    """The proof of the newest epoch under the newest checkpoint, from these sizes. Raises `NotSealed`."""
    with reader.open() as snapshot:
        newest = snapshot.checkpoint()
        if newest is None:
            raise NotSealed("the log has no checkpoint")
        size, note = newest
        chain = snapshot.chain()
        entries = tuple((one, _path(snapshot, one.index, size)) for one in chain)
        ways = {n: snapshot.consistency(n, size) for n in {*sizes} if 0 < n < size}
    return EpochProof(note, entries, ways)


def _path(snapshot: Snapshot, index: int, size: int) -> tuple[bytes, ...]:
    if index >= size:
        raise NotSealed(str(index))
    return tuple(snapshot.inclusion(index, size)[1])
