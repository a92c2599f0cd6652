"""Files that are sent as papers: what they are is looked at in their bytes, never believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import get_args

from tallystick.app.applications.errors import PaperRefused
from tallystick.app.applications.kept import PaperKept, PaperKind
from tallystick.identity import papers_with_end

file_bytes_max = 5 << 20
files_max = 16
total_bytes_max = 16 << 20
#: How far ahead a paper may end: beyond that somebody mistyped.
end_years_max = 60
kinds: tuple[PaperKind, ...] = get_args(PaperKind)
_by_name: Mapping[str, PaperKind] = {name: name for name in kinds}
#: By media type, how such a file begins.
_begins = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
}
types = tuple(_begins)


def type_of(data: bytes) -> str:
    """By how it begins. Raises `PaperRefused`."""
    for name, beginnings in _begins.items():
        if data.startswith(beginnings):
            return name
    raise PaperRefused("the file is no PDF, JPEG or PNG")


def check(
    known: Sequence[PaperKept], kind: str, data: bytes, declared: str, ends: str | None, today: str
) -> PaperKind:
    """The kind, if the file may be added to those that are there. Raises `PaperRefused`."""
    found = _by_name.get(kind)
    if found is None:
        raise PaperRefused(f"kind: one of {', '.join(kinds)}")
    if not data:
        raise PaperRefused("the file is empty")
    if len(data) > file_bytes_max:
        raise PaperRefused(f"a file has at most {file_bytes_max >> 20} MiB")
    others = [one for one in known if one.kind != found or found == "other"]
    if len(others) >= files_max:
        raise PaperRefused(f"at most {files_max} files")
    if sum(one.size for one in others) + len(data) > total_bytes_max:
        raise PaperRefused(f"all files together have at most {total_bytes_max >> 20} MiB")
    told, really = declared.partition(";")[0].strip().lower(), type_of(data)
    if told not in ("", "application/octet-stream", really):
        raise PaperRefused(f"it is sent as {told}, and is {really}")
    _check_end(found, ends, today)
    return found


def _check_end(kind: PaperKind, ends: str | None, today: str) -> None:
    if ends is None:
        if kind in papers_with_end:
            raise PaperRefused(f"ends: say on which day the {kind} ends")
        return
    try:
        day = date.fromisoformat(ends)
    except ValueError:
        raise PaperRefused(f"ends: {ends[:20]} is no day") from None
    if ends != day.isoformat():
        raise PaperRefused("ends: write the day as 2026-12-31")
    if ends < today:
        raise PaperRefused(f"ends: it ended on {ends}")
    if day.year > date.fromisoformat(today).year + end_years_max:
        raise PaperRefused(f"ends: {ends} is more than {end_years_max} years ahead")
