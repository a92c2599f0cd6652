"""What a run prints, and bench/results.json."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure import Result, Row, Skipped
from rich.console import Console
from rich.table import Table


def taken() -> dict[str, Any]:
    """When, and on what, which may be another the next day."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "cpu": _cpu_model(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


class OtherFigures(Exception):
    """The file holds figures taken at another scale."""


@dataclass(frozen=True, slots=True)
class Report:
    """The file of figures: each path's rows with the day and the machine on which they were taken.

    Each row has its reference from its own run, so that paths may be measured on different days and machines: rows
    are compared by their ratios. But all at one scale.
    """

    file: Path
    options: tuple[str, ...]

    def kept(self, measured: Collection[str]) -> dict[str, list[dict[str, Any]]]:
        """Rows of all paths but these. Raises `OtherFigures`."""
        if not self.file.exists():
            return {"rows": [], "skipped": []}
        document: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        kept = {
            part: [row for row in document[part] if row["path"] not in measured]
            for part in ("rows", "skipped")
        }
        found = tuple(document["options"])
        if any(kept.values()) and found != self.options:
            raise OtherFigures(
                f"{self.file} was measured with {found}, and this with {self.options}: measure all paths, "
                "or write elsewhere with --out"
            )
        return kept

    def write(self, measured: Mapping[str, Sequence[Result]], order: Sequence[str]) -> None:
        """What was taken in the place of these paths' rows. Raises `OtherFigures`."""
        parts = self.kept(measured)
        for path, results in measured.items():
            for result in results:
                of = {"path": path, **taken()}
                if isinstance(result, Skipped):
                    parts["skipped"].append({"name": result.name, "reason": result.reason, **of})
                else:
                    parts["rows"].append({**_row(result), **of})
        for rows in parts.values():
            rows.sort(key=lambda row: order.index(row["path"]))
        document = {"options": list(self.options), **parts}
        self.file.write_text(
            json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )


def show(console: Console, result: Result) -> None:
    """One row as soon as it is there."""
    if isinstance(result, Skipped):
        console.print(f"[yellow]skipped[/yellow] {result.name}: {result.reason}")
        return
    table = Table(title=result.name, title_justify="left", title_style="bold")
    for heading in ("ours", "reference", "unit", "ratio"):
        table.add_column(heading, justify="left" if heading == "unit" else "right")
    table.add_row(figure(result.ours), figure(result.reference), result.unit, f"{result.ratio:.3g}")
    console.print(table)
    console.print(f"  reference: {result.against}", style="dim")
    if len(result.growth) > 1:
        grown = "   ".join(f"{size}: {figure(value)}" for size, value in result.growth.items())
        console.print(f"  growth ({result.unit}): {grown}")
    for name, value in result.details.items():
        told = value if isinstance(value, str) else figure(value)
        console.print(f"  {name}: {told}", highlight=False)


def figure(value: float) -> str:
    """Four digits that matter, thousands separated."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "ours": _rounded(row.ours),
        "reference": _rounded(row.reference),
        "against": row.against,
        "unit": row.unit,
        "ratio": _rounded(row.ratio),
        "growth": {size: _rounded(value) for size, value in row.growth.items()},
        "details": dict(row.details),
    }


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
