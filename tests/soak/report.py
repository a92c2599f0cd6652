"""What a soak run leaves behind: one dated text for people, and the same as JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.report import taken

repository = Path(__file__).resolve().parents[2]
folder = repository / "bench" / "soak"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one part. `lines` are shown to people, `figures` go to the JSON."""

    part: str
    sound: bool
    seconds: float
    lines: Sequence[str]
    figures: Mapping[str, Any] = field(default_factory=dict)


def header(began: datetime, options: Mapping[str, object]) -> dict[str, Any]:
    told = taken()
    told["date"] = began.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"version": _version(), **told, "options": dict(options)}


def write(began: datetime, head: Mapping[str, Any], outcomes: Sequence[Outcome]) -> Path:
    """Both files; the text's path. Written after every part, so that an interrupted run leaves what it has."""
    folder.mkdir(parents=True, exist_ok=True)
    name = began.strftime("%Y-%m-%dT%H%MZ-") + "-".join(one.part for one in outcomes)
    path = folder / f"{name[:80]}.txt"
    path.write_text(text(head, outcomes), encoding="utf-8")
    rows = [
        {"part": o.part, "sound": o.sound, "seconds": round(o.seconds, 1), **o.figures}
        for o in outcomes
    ]
    document = {**head, "parts": rows}
    path.with_suffix(".json").write_text(
        json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    return path


def text(head: Mapping[str, Any], outcomes: Sequence[Outcome]) -> str:
    lines = [f"Tallystick soak run of {head['date']}", ""]
    for name in ("version", "cpu", "cores", "system", "python"):
        lines.append(f"{name:<8} {head[name]}")
    words = [f"{name} {value}" for name, value in head["options"].items()]
    lines += [f"{'options':<8} {', '.join(words)}", ""]
    for one in outcomes:
        verdict = "ok" if one.sound else "FAILED"
        lines += [f"== {one.part}: {verdict} ({one.seconds:.0f} s)", *one.lines, ""]
    return "\n".join(lines)


def now() -> datetime:
    return datetime.now(UTC)


def _version() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    commit = told.stdout.strip()
    return f"{version('tallystick')} ({commit})" if commit else version("tallystick")
