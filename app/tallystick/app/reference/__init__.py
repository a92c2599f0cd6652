"""The generated pages of the documentation: `python -m tallystick.app.reference [--check]`.

What stands in code is told from code: settings, commands, errors, entry types, HTTP routes, measured
figures. Without arguments it writes what is stale; with `--check` it names what is, and exits 1.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.http import create_app
from tallystick.app.mirror.home import MirrorHome
from tallystick.app.mirror.running import opened as opened_mirror
from tallystick.app.mirror.serving import create_app as create_mirror_app
from tallystick.app.reference.bodies import Schema, entry_types
from tallystick.app.reference.classes import data_classes
from tallystick.app.reference.commands import commands
from tallystick.app.reference.links import digital_link
from tallystick.app.reference.markdown import page, table
from tallystick.app.reference.measured import table as measured_table
from tallystick.app.reference.operating import operations, settings
from tallystick.app.reference.permissions import matrix
from tallystick.app.reference.schemes import schemes
from tallystick.app.reference.visibility import visibility_page
from tallystick.app.settings import Settings
from tallystick.app.witness.home import WitnessHome
from tallystick.app.witness.serving import create_app as create_witness_app
from tallystick.ledger import SystemClock, Verifier, error_types

root = Path(__file__).resolve().parents[4]
folder = "docs/reference"
parts = ("ledger", "identity", "trace", "finance", "scanners", "contracts", "app")
measured_file = "bench/results.json"
#: Pages that hold a block of measured figures, and the language they hold it in.
measured_in = {"README.md": "en", "README.zh-CN.md": "zh"}
measured_block = re.compile(
    r"(<!-- measured: begin[^>]*-->\n).*?(<!-- measured: end -->)", re.DOTALL
)
stale_exit, not_here_exit = 1, 2


def main(arguments: Sequence[str]) -> int:
    """Write or check; the exit code."""
    if not (root / "docs").is_dir():
        sys.stderr.write(f"{root} is no checkout: there is no docs folder to write to\n")
        return not_here_exit
    stale = {path: text for path, text in pages().items() if _read(root / path) != text}
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"{path} is stale: run ./dev docs\n")
        return stale_exit if stale else 0
    for path, text in stale.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path} written\n")
    return 0


def pages() -> dict[str, str]:
    """Every generated file by its path below the repository, with its text."""
    openapi = pages_openapi()
    made = {
        f"{folder}/settings.md": settings(),
        f"{folder}/operations.md": operations(),
        f"{folder}/cli.md": commands(),
        f"{folder}/errors.md": errors(),
        f"{folder}/entry-types.md": entry_types(),
        f"{folder}/permissions.md": matrix(),
        f"{folder}/data-classes.md": data_classes(),
        f"{folder}/certificate-visibility.md": visibility_page(),
        f"{folder}/schemes.md": schemes(),
        f"{folder}/digital-link.md": digital_link(),
        f"{folder}/http.md": http(openapi, witness_openapi(), mirror_openapi()),
        f"{folder}/openapi.json": json.dumps(openapi, indent=1, ensure_ascii=False) + "\n",
    }
    for path, language in measured_in.items():
        made[path] = with_figures(_read(root / path), language)
    return made


def errors() -> str:
    """All errors that shipped code can utter."""
    for part in parts:
        _import_all(part)
    rows = [
        (
            f"`{error.code}`",
            str(error.status),
            error.title,
            error.advice,
            error.__module__.split(".")[1],
        )
        for error in sorted(error_types(), key=lambda e: (e.code, e.__module__, e.__qualname__))
        if error.__module__.startswith("tallystick.")
    ]
    said = (
        "Over HTTP an error is an RFC 9457 problem (`application/problem+json`) with these members, "
        "`type`, and a `detail`; on the command line it is one sentence. A code is stable. A refusal "
        "that a rule utters (status 422) is recorded in the log if the entry is part of a stream."
    )
    return page("Errors", said, table(("code", "status", "title", "advice", "part"), rows))


def _import_all(part: str) -> None:
    package = importlib.import_module(f"tallystick.{part}")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def http(openapi: Schema, of_witness: Schema, of_mirror: Schema) -> str:
    said = (
        "Routes that programs use; pages for people (`/`, `/t/{handle}`, `/log`, …) are not listed. "
        "The same as [OpenAPI](openapi.json); a running node serves it under `/docs`. Request and "
        "answer of `/v1/entries` are in [formats](formats.md#http-v1entries); errors in [errors](errors.md)."
    )
    witness_said = (
        "`tallystick witness serve` is a server of its own. Requests and answers are those of C2SP "
        "tlog-witness; they are in [formats](formats.md#witness)."
    )
    mirror_said = (
        "`tallystick mirror serve` is a server of its own. It serves what a node serves under `/log/`, and "
        "answers as a witness does; these routes are its own ([how to run one](../how-to/run-a-mirror.md))."
    )
    headings = ("route", "what", "parameters")
    known = {*openapi["paths"], *of_witness["paths"]} - {"/v1/entries"}
    own = {path: methods for path, methods in of_mirror["paths"].items() if path not in known}
    return page(
        "HTTP",
        said,
        table(headings, _routes(openapi)),
        "## Witness",
        witness_said,
        table(headings, _routes(of_witness)),
        "## Mirror",
        mirror_said,
        table(headings, _routes({**of_mirror, "paths": own})),
    )


def _routes(openapi: Schema) -> list[tuple[str, str, str]]:
    return [
        (f"`{method.upper()} {path}`", _what(route), _arguments(route))
        for path, methods in openapi["paths"].items()
        for method, route in methods.items()
    ]


def _what(route: Schema) -> str:
    """Summary and description; a summary that is only the function's name says nothing more."""
    summary, description = str(route["summary"]), str(route.get("description", ""))
    return description if description and summary.istitle() else f"{summary}. {description}"


def _arguments(route: Schema) -> str:
    return ", ".join(
        f"`{parameter['name']}`"
        for parameter in route.get("parameters", ())
        if parameter["in"] == "query"
    )


@cache
def pages_openapi() -> dict[str, Any]:
    """The interface description, built over a simulated log in a folder that goes away."""
    with TemporaryDirectory(prefix="tallystick-") as home:
        chosen = Settings(home=Path(home), database_url="")
        node = Node.at(chosen)
        name = {"en": "Reference", "zh": "参考"}
        node.create(NewLog("tallystick.example/reference/simulated", "99/L-R", "99/O-R", name))
        try:
            return dict(create_app(node).openapi())
        finally:
            node.store.close()


@cache
def witness_openapi() -> dict[str, Any]:
    """The same of a witness that watches nothing."""
    with TemporaryDirectory(prefix="tallystick-") as home:
        made = WitnessHome(Path(home))
        made.create("witness.example/reference")
        with made.open(SystemClock()) as opened:
            return dict(create_witness_app(opened).openapi())


@cache
def mirror_openapi() -> dict[str, Any]:
    """The same of a mirror that has fetched nothing."""
    with TemporaryDirectory(prefix="tallystick-") as home:
        chosen = Settings(home=Path(home), database_url="", verify_processes=0)
        made, node = MirrorHome(chosen.folder), Node.at(chosen)
        made.create("reference.example/mirror")
        log = Verifier("tallystick.example/reference/simulated", made.statement_key().public)
        made.follow(log, "http://127.0.0.1:8000", "")
        try:
            with opened_mirror(node, made, SystemClock()) as running:
                return dict(create_mirror_app(running).openapi())
        finally:
            node.store.close()


def with_figures(text: str, language: str) -> str:
    """The text with its measured block filled from the newest figures."""
    told = measured_table(_read(root / measured_file), language)
    return measured_block.sub(lambda found: f"{found[1]}{told}\n{found[2]}", text)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
