"""The label file of a batch: every handle once, with a link if asked for, readable by its owner alone.

It is written beside its place, and put there when the batch is in the log: a file under the final name holds
codes that exist. No secret is in it. It is the only place where the serials of a batch are ever listed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tallystick.ledger import TallystickError, sync_path

Form = Literal["ndjson", "csv"]
link_chars_max = 500


class LabelsRefused(TallystickError):
    code = "labels-refused"
    status = 400
    title = "The label file cannot be written like this"
    advice = "Give a new file name ending in .ndjson or .csv, and a link template that holds {handle} or {serial}."


class LabelFile:
    """`link`: a template with `{handle}`, `{prefix}` or `{serial}`; empty for none."""

    def __init__(self, path: Path, prefix: str, link: str = "") -> None:
        """Raises `LabelsRefused`."""
        self.path, self._prefix = path, prefix
        self.part = path.with_name(f"{path.name}.part")
        self._form = _form(path)
        self._link = _template(link, prefix, self._form)
        if path.exists():
            raise LabelsRefused(f"{path} exists: labels are written once")
        try:
            self.part.unlink(missing_ok=True)
            opened = os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise LabelsRefused(f"{self.part}: {error.strerror}") from None
        self._file = os.fdopen(opened, "w", encoding="utf-8", newline="")
        if self._form == "csv":
            self._file.write("handle,link\r\n" if link else "handle\r\n")

    def write(self, drawn: Sequence[bytes]) -> None:
        """A line for each suffix."""
        prefix, link = self._prefix, self._link
        suffixes = [one.decode() for one in drawn]
        if self._form == "csv":
            lines = [f"{prefix}/{one}{link.replace('%', one)}\r\n" for one in suffixes]
        else:
            lines = [f'{{"handle":"{prefix}/{one}"{link.replace("%", one)}}}\n' for one in suffixes]
        self._file.write("".join(lines))

    def sync(self) -> None:
        """All of it is on disk, still under its temporary name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        self._file.close()
        self.part.unlink(missing_ok=True)


def put_in_place(part: Path, path: Path) -> None:
    """The file gets its name, if that has not happened yet."""
    if part.exists():
        part.replace(path)
        sync_path(path.parent)


def _form(path: Path) -> Form:
    if path.suffix == ".csv":
        return "csv"
    if path.suffix in (".ndjson", ".jsonl"):
        return "ndjson"
    raise LabelsRefused(str(path))


def _template(link: str, prefix: str, form: Form) -> str:
    """What follows a handle in its line, where `%` stands for the suffix."""
    if not link:
        return ""
    strange = any(not character.isprintable() for character in link) or "%" in link
    if strange or len(link) > link_chars_max or not {"{handle}", "{serial}"} & _fields(link):
        raise LabelsRefused(link)
    told = link.replace("{handle}", f"{prefix}/%").replace("{serial}", "%")
    told = told.replace("{prefix}", prefix)
    if form == "csv":
        return f',"{told}"' if '"' not in told else _refuse(link)
    return f',"link":{json.dumps(told)}'


def _fields(link: str) -> set[str]:
    return {name for name in ("{handle}", "{serial}", "{prefix}") if name in link}


def _refuse(link: str) -> str:
    raise LabelsRefused(f"{link}: no quotation marks")
