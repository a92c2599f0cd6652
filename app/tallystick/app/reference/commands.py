"""The page of commands, from the command line's own declarations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from tallystick.app.cli import cli
from tallystick.app.reference.markdown import page, paragraphs, table


def commands() -> str:
    said = (
        "`tallystick COMMAND --help` says the same. An error is one sentence with the next step, "
        "and exit code 2; `tallystick audit` exits with 1 if the log is not sound."
    )
    return page("Commands", said, *_command(typer.main.get_command(cli), "tallystick", None))


def _command(command: Any, name: str, parent: Any) -> Iterator[str]:
    context = type(command).context_class(command, info_name=name, parent=parent)
    path = context.command_path
    inner = getattr(command, "commands", {})
    if not inner:
        words = [
            w
            for w in command.collect_usage_pieces(context)
            if w != "[OPTIONS]" or _options(command)
        ]
        yield f"## {path}"
        yield "```text\n" + " ".join((path, *words)) + "\n```"
        yield paragraphs(command.help)
        yield from _parameters(command, context)
    for child in sorted(inner):
        yield from _command(inner[child], child, context)


def _options(command: Any) -> list[Any]:
    return [parameter for parameter in command.params if parameter.param_type_name == "option"]


def _parameters(command: Any, context: Any) -> Iterator[str]:
    records = [parameter.get_help_record(context) for parameter in command.params]
    rows = [(f"`{record[0]}`", " ".join(record[1].split())) for record in records if record]
    if rows:
        yield table(("argument or option", "what"), rows)
