"""The figures of `bench/results.json` as a Markdown table, for the README."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tallystick.app.reference.markdown import table as markdown_table

_words = {
    "en": {
        "none": "Not measured yet: `./dev bench` writes `bench/results.json`, and `./dev docs` puts its "
        "table here.",
        "heads": ("what", "ours", "reference", "ratio", "the reference is", "measured"),
        "on": "`./dev bench`{options} on {cores} cores ({cpu}), {systems}. "
        "Ratio: our speed in parts of the reference's.",
    },
    "zh": {
        "none": "尚未测量：`./dev bench` 写出 `bench/results.json`，`./dev docs` 把表格填在这里。",
        "heads": ("项目", "本系统", "参照", "比值", "参照是什么", "测量日期"),
        "on": "`./dev bench`{options}，{cores} 核（{cpu}），{systems}。"
        "比值：本系统速度与参照速度之比。",
    },
}


def table(results: str, language: str) -> str:
    """A table of the text of the results file; a sentence that there is none if it is empty."""
    words: Mapping[str, Any] = _words[language]
    if not results:
        return str(words["none"])
    document: Mapping[str, Any] = json.loads(results)
    options = "".join(f" --{option}" for option in document["options"])
    rows = [
        (
            row["name"],
            f"{_figure(row['ours'])} {row['unit']}",
            _figure(row["reference"]),
            f"{row['ratio']:.3g}",
            row["against"],
            row["date"],
        )
        for row in document["rows"]
    ]
    systems = "; ".join(
        dict.fromkeys(f"{row['system']}, Python {row['python']}" for row in document["rows"])
    )
    on = str(words["on"]).format(options=options, systems=systems, **document["machine"])
    return f"{markdown_table(words['heads'], rows)}\n\n{on}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
