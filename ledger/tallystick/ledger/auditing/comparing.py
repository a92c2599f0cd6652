"""Every row of every projection against what the replay rebuilt, each table in a process of its own."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from tallystick.ledger import rebuilt
from tallystick.ledger.auditing.crew import Crew
from tallystick.ledger.auditing.pieces import opened
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.replay import NotSound, Replay
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.store import Transaction
from tallystick.ledger.store.audit_rows import audit_table
from tallystick.ledger.store.scratch import Scratch
from tallystick.ledger.verify import Admit

#: With fewer entries, asking other processes costs more than it saves.
apart_entries_min = 20_000
#: The longest first, so that none is left alone at the end.
order = ("lookup", "document", "entry_party", "head_touch", "head", "head_page", "tile", "stream")


@dataclass(frozen=True, slots=True)
class Compared:
    """A table to be compared in another process."""

    table: str
    url: str
    scratch: Path


def compare_tables(
    transaction: Transaction,
    url: str,
    replay: Replay,
    crew: Crew,
    told: Callable[[str], None] | None = None,
) -> None:
    """Raises `NotSound`. The replay was saved."""
    replay.flush()
    path = replay.scratch.path
    if not crew.processes or path is None or replay.size < apart_entries_min:
        for name in order:
            compare(transaction, replay.scratch, replay.rules, name)
            if told:
                told(name)
        return
    for asked, answer in crew.run(_apart, [Compared(name, url, path) for name in order], {}):
        if answer:
            raise pickle.loads(answer)
        if told:
            told(asked.table)


def compare(transaction: Transaction, scratch: Scratch, rules: RuleSet, name: str) -> None:
    """Raises `NotSound` at the first row that differs."""
    for told, found in zip_longest(
        rebuilt.rows(scratch, rules, name), audit_table(transaction, name)
    ):
        if told != found:
            raise NotSound(f"table {name}", told or "no more rows", found or "no more rows")


def _apart(
    asked: Compared, _keys: Mapping[str, PublicKey], _admit: Admit | None, rules: RuleSet
) -> bytes:
    """In another process: nothing, or what was found."""
    scratch = Scratch(asked.scratch, read_only=True)
    try:
        with opened(asked.url).read() as transaction:
            compare(transaction, scratch, rules, asked.table)
    except TallystickError as error:
        return pickle.dumps(error)
    finally:
        scratch.close()
    return b""
