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
        "on": "`./dev bench`{options}. Ratio: our speed in parts of the reference's, taken in the same run. "
        "Measured on: ",
        "place": "{cores} cores ({cpu}), {system}, Python {python}",
    },
    "zh": {
        "none": "尚未测量：`./dev bench` 写出 `bench/results.json`，`./dev docs` 把表格填在这里。",
        "heads": ("项目", "本系统", "参照", "比值", "参照是什么", "测量日期"),
        "on": "`./dev bench`{options}。比值：本系统速度与同一次运行中测得的参照速度之比。测量环境：",
        "place": "{cores} 核（{cpu}），{system}，Python {python}",
    },
}


def table(results: str, language: str) -> str:
    """A table of the text of the results file; a sentence that there is none if it is empty."""
    words: Mapping[str, Any] = _words[language]
    if not results:
        return str(words["none"])
    document: Mapping[str, Any] = json.loads(results)
    options = "".join(f" --{option}" for option in document["options"])
    places = list(dict.fromkeys(_place(row, words) for row in document["rows"]))
    rows = [
        (
            row["name"],
            f"{_figure(row['ours'])} {row['unit']}",
            _figure(row["reference"]),
            f"{row['ratio']:.3g}",
            row["against"],
            f"{row['date']} ({places.index(_place(row, words)) + 1})",
        )
        for row in document["rows"]
    ]
    told = "; ".join(f"({number}) {place}" for number, place in enumerate(places, 1))
    on = str(words["on"]).format(options=options) + told
    return f"{markdown_table(words['heads'], rows)}\n\n{on}"


def _place(row: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """On what a row was taken."""
    return str(words["place"]).format_map(row)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
