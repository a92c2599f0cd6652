"""Identity's answer to the ledger's question: which keys, whose, valid when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from tallystick.identity.key_types import signing_types
from tallystick.ledger import KeyRecord, Passkey, PublicKey, State

records_max = 50_000


class Directory:
    """The `KeyDirectory` of the ledger, over identity's documents."""

    kinds = frozenset({"key", "grant"})

    def __init__(self) -> None:
        # By identity of the document, which is never changed in place and is kept alive here.
        self._records: dict[int, tuple[Mapping[str, Any], KeyRecord]] = {}

    def key(self, state: State, reference: str) -> KeyRecord | None:
        index, _, owner = reference.partition(":")
        row = state.get("key", owner, index)
        return None if row is None else self._record(owner, index, cast(Mapping[str, Any], row))

    def keys_of(self, state: State, handle: str) -> Sequence[KeyRecord]:
        group = state.group("key", handle)
        return [
            self._record(handle, index, cast(Mapping[str, Any], row))
            for index, row in group.items()
        ]

    def granted(self, state: State, author: str, handle: str, entry_type: str) -> bool:
        row = cast(Mapping[str, Any] | None, state.get("grant", author, handle))
        return row is not None and entry_type in row["types"]

    def keeps_stream(self, state: State, handle: str) -> bool:
        """Devices always (formats §2); a service is software of its organisation."""
        row = cast(Mapping[str, Any] | None, state.get("device", handle))
        return row is not None and row["purpose"] != "service"

    def _record(self, owner: str, index: str, row: Mapping[str, Any]) -> KeyRecord:
        found = self._records.get(id(row))
        if found is None:
            if len(self._records) >= records_max:
                self._records.clear()
            found = self._records[id(row)] = (row, _record(owner, index, row))
        return found[1]


def _record(owner: str, index: str, row: Mapping[str, Any]) -> KeyRecord:
    return KeyRecord(
        f"{index}:{owner}",
        owner,
        _public(row),
        row["custody"],
        signing_types(row["types"]),
        row["since"],
        row.get("until"),
    )


def _public(row: Mapping[str, Any]) -> PublicKey:
    public = _from_jwk(*sorted(row["jwk"].items()))
    return public.as_passkey(Passkey(**row["webauthn"])) if "webauthn" in row else public


@lru_cache(maxsize=8192)
def _from_jwk(*members: tuple[str, str]) -> PublicKey:
    return PublicKey.from_jwk(dict(members))
