"""Documents on record: once for each number of their issuer, by a key of whoever sends them.

The number is the ERP's own. The same number with the same content is answered as the first time; with another
content it is a conflict that names what differs. What lacks something waits (`waiting.py`), and goes through when
both firms agreed on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from tallystick.app.bootstrap import Node
from tallystick.app.documents.errors import DocumentConflict
from tallystick.app.documents.forms.reading import read_document
from tallystick.app.documents.resolving import Hints, Missing, Resolved, resolve
from tallystick.app.imports.entry_ids import entry_id
from tallystick.identity import Pen, Said
from tallystick.ledger import Answer, RuleError, Snapshot, TallystickError

State = Literal["recorded", "known", "waiting"]
differs_max = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a document. `index`: of its entry; `missing`: what it waits for."""

    state: State
    type: str
    name: str = ""
    index: int = -1
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes documents in for whoever has a pen."""

    node: Node

    def take(self, data: bytes, pen: Pen, hints: Hints) -> Taken:
        """Raises what `read_document` and `resolve` raise, `DocumentConflict`, and the rule's own refusal."""
        (found,) = self.take_all([(data, hints)], pen)
        if isinstance(found, TallystickError):
            raise found
        return found

    def take_all(
        self, documents: Sequence[tuple[bytes, Hints]], pen: Pen
    ) -> list[Taken | TallystickError]:
        """Several at once, in one batch; each for itself."""
        taken: list[Taken | TallystickError] = []
        said: list[tuple[int, Resolved, Said]] = []
        with self.node.reader.open() as snapshot:
            for data, hints in documents:
                try:
                    found = self._look(snapshot, data, pen, hints)
                except TallystickError as error:
                    taken.append(error)
                    continue
                if isinstance(found, Resolved):
                    said.append((len(taken), found, _said(pen, found)))
                    found = Taken("recorded", found.type, found.name)
                taken.append(found)
        if said:
            answers = pen.write([one for _, _, one in said])
            for (position, resolved, _), answer in zip(said, answers, strict=True):
                taken[position] = _told(resolved, answer)
        return taken

    def _look(self, snapshot: Snapshot, data: bytes, pen: Pen, hints: Hints) -> Taken | Resolved:
        """What is on record already, or waits; else what is to be written."""
        resolved = resolve(snapshot.view, pen.organisation, read_document(data), hints)
        if resolved.body is None:
            return Taken("waiting", resolved.type, missing=resolved.missing)
        row = cast(
            "dict[str, Any] | None", snapshot.view.get(resolved.kind, resolved.name, resolved.part)
        )
        if row is None:
            return resolved
        index = int(row["index"])
        _compare(resolved, snapshot.stored_body(index), index)
        return Taken("known", resolved.type, resolved.name, index)


def _compare(resolved: Resolved, stored: bytes, index: int) -> None:
    """Raises `DocumentConflict` unless it is told as it was."""
    if resolved.body is None or stored == resolved.body.encode():
        return
    before, now = json.loads(stored), json.loads(resolved.body.encode())
    paths = sorted(set(_differing(before, now, "")))[:differs_max]
    raise DocumentConflict(
        f"{resolved.name} differs from entry {index} at {', '.join(paths[:5])}", paths, index
    )


def _differing(before: Any, now: Any, at: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in before.keys() | now.keys():
            yield from _differing(before.get(key), now.get(key), f"{at}/{key}")
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for place, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from _differing(one, other, f"{at}/{place}")
    elif before != now:
        yield at


def _said(pen: Pen, resolved: Resolved) -> Said:
    if resolved.body is None:
        raise DocumentConflict(resolved.name, [], -1)
    name = f"{resolved.name} {resolved.part}".strip()
    wanted = entry_id(pen.author, resolved.type, name, resolved.date)
    return Said(resolved.type, resolved.body, wanted)


def _told(resolved: Resolved, answer: Answer) -> Taken | TallystickError:
    if answer.accepted:
        state: State = "known" if answer.duplicate else "recorded"
        return Taken(state, resolved.type, resolved.name, answer.index)
    problem = answer.problem or answer.refusal
    return problem if problem is not None else RuleError(f"{resolved.name}: {answer.code}")
