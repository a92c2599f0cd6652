"""Who may speak (formats §2): which verified signatures count, judged in log order at an index.

One signature must be by a key of the author's handle, or of a handle to which the author granted this
type, valid at this index; an author with keys of two suites signs with both. All other signatures are
endorsements: they must verify to be stored, and count only where a type's rule names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.rules import Signer
from tallystick.ledger.state import Effects, State
from tallystick.ledger.values import hot_value

remembered_max = 4096


class KeyNotValid(TallystickError):
    code = "key-not-valid"
    status = 403
    title = "No valid key of the author signed this entry"
    advice = "Sign with a registered key of the author that is not revoked and may sign this type."


@hot_value
class KeyRecord:
    """A registered key. Valid at index i if since ≤ i and (until is None or i < until)."""

    reference: str
    owner: str
    public: PublicKey
    custody: str
    types: tuple[str, ...]
    since: int
    until: int | None

    def valid_at(self, index: int) -> bool:
        return self.since <= index and (self.until is None or index < self.until)

    def may_sign(self, entry_type: str) -> bool:
        """Types are exact names, `part.*` or `*`."""
        if "*" in self.types or entry_type in self.types:
            return True
        return any(
            allowed.endswith(".*") and entry_type.startswith(allowed[:-1]) for allowed in self.types
        )


class KeyDirectory(Protocol):
    """What the ledger asks of identity. `kinds`: of the documents on which the answers about keys rest."""

    kinds: frozenset[str]

    def key(self, state: State, reference: str) -> KeyRecord | None:
        """The key ever registered under this reference, valid or not."""
        ...

    def keys_of(self, state: State, handle: str) -> Sequence[KeyRecord]:
        """All keys ever registered for a handle."""
        ...

    def granted(self, state: State, author: str, handle: str, entry_type: str) -> bool:
        """Whether `author` lets `handle` sign entries of this type for it, now."""
        ...

    def keeps_stream(self, state: State, handle: str) -> bool:
        """Whether the entries of `handle` must be numbered (`seq`, `prev`) from the first on."""
        ...


class Speaking:
    """Who speaks at the index where the state stands, found once for the entries of one author in a row.

    What was found holds until a document changes on which the directory's answers rest, where none of the
    keys had an end or a beginning still to come; tell of changes by `changed`.
    """

    def __init__(self, directory: KeyDirectory) -> None:
        self._directory = directory
        self._found: dict[tuple[object, ...], tuple[Signer, ...]] = {}

    def changed(self, effects: Effects) -> None:
        """Take note of the effects of an entry."""
        if self._found and any(change.kind in self._directory.kinds for change in effects):
            self._found.clear()

    def speakers(
        self,
        state: State,
        index: int,
        author: str,
        entry_type: str,
        verified: Sequence[tuple[str, PublicKey]],
    ) -> tuple[Signer, ...]:
        """The signers that are valid at `index`; raises `KeyNotValid` if none of them speaks for `author`."""
        asked = (author, entry_type, *verified)
        found = self._found.get(asked)
        if found is None:
            found, lasting = _speakers(self._directory, state, index, author, entry_type, verified)
            if lasting:
                if len(self._found) >= remembered_max:
                    self._found.clear()
                self._found[asked] = found
        return found


def _speakers(
    directory: KeyDirectory,
    state: State,
    index: int,
    author: str,
    entry_type: str,
    verified: Sequence[tuple[str, PublicKey]],
) -> tuple[tuple[Signer, ...], bool]:
    """See `Speaking`; also whether the same holds at every later index until a document changes."""
    signers: list[Signer] = []
    suites: set[str] = set()
    own = directory.keys_of(state, author)
    lasting = all(record.until is None and record.since <= index for record in own)
    for reference, public in verified:
        record = directory.key(state, reference)
        if record is None or record.public != public:
            continue
        lasting = lasting and record.until is None and record.since <= index
        if not record.valid_at(index) or not record.may_sign(entry_type):
            continue
        speaks = record.owner == author or directory.granted(
            state, author, record.owner, entry_type
        )
        fingerprint = record.public.fingerprint()
        signers.append(Signer(reference, record.owner, record.custody, fingerprint, speaks))
        if speaks:
            suites.add(record.public.suite)
    if not suites:
        used = ", ".join(reference for reference, _ in verified)
        raise KeyNotValid(f"{used} at index {index} for {author}, {entry_type}")
    if len(own) > 1:
        needed = {
            record.public.suite
            for record in own
            if record.valid_at(index) and record.may_sign(entry_type)
        }
        if not needed <= suites and len(needed) > 1:
            raise KeyNotValid(f"{author} has keys of {len(needed)} suites and must sign with each")
    return tuple(signers), lasting
