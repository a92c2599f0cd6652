"""The figures of `bench/results.json` as a Markdown table, for the documentation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_words = {
    "en": {
        "none": "Not measured yet: `./dev bench` writes `bench/results.json`, and `./dev docs` puts its table here.",
        "head": "| what | ours | reference | ratio |",
        "on": "Measured by `./dev bench`",
    },
    "zh": {
        "none": "尚未测量：`./dev bench` 写出 `bench/results.json`，`./dev docs` 把表格填在这里。",
        "head": "| 项目 | 本系统 | 参照 | 比值 |",
        "on": "由 `./dev bench` 测得",
    },
}


def table(results: str, language: str) -> str:
    """A table of the results file's text; a sentence that there is none if it is empty."""
    words = _words[language]
    if not results:
        return words["none"]
    document: Mapping[str, Any] = json.loads(results)
    rows = [_row(result) for result in document["results"]]
    return "\n".join([words["head"], "| --- | ---: | --- | ---: |", *rows])


def _row(result: Mapping[str, Any]) -> str:
    return f"| {result} |"
