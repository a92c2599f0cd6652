"""What refusals of the verifier page are called: titles and advice of the product's own errors, in English.

The Chinese ones are written by hand beside them (`refusals-zh.json`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import tallystick.app.bundles.pins  # noqa: F401  (its errors, and those of what it imports)
from tallystick.ledger import error_types

folder = Path(__file__).parents[3] / "app" / "verifier" / "src" / "page"
path, chinese = folder / "refusals.json", folder / "refusals-zh.json"
_code = re.compile(r'"((?:bundle|witness|verifier-key)-[a-z-]+)"')


def codes() -> set[str]:
    """Those with which the page refuses a bundle, or what is pinned."""
    sources = "".join(found.read_text(encoding="utf-8") for found in folder.parent.rglob("*.ts"))
    return set(_code.findall(sources))


def text() -> str:
    """What the file must hold."""
    raised = codes()
    told = {
        error.code: {"title": error.title, "advice": error.advice}
        for error in error_types()
        if error.code in raised
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
