"""The papers of the story's certificate, beside the proof file: undertaking and settlement."""

from __future__ import annotations

from pathlib import Path

from tallystick.app import access
from tallystick.app.bootstrap import Node
from tallystick.app.papers import gather
from tallystick.finance import papers
from tallystick.scanners import system_font

written: tuple[tuple[papers.PaperKind, papers.Language], ...] = (
    ("undertaking", "zh"),
    ("settlement", "en"),
)


def print_papers(node: Node, folder: Path, certificate: str) -> list[Path]:
    """The files; none where no font of this machine writes Chinese."""
    if system_font() is None:
        return []
    made = []
    with node.reader.open() as snapshot:
        reading = access.Reading(snapshot, access.auditor_reader)
        for kind, language in written:
            path = folder / f"{kind}-{language}.pdf"
            base_url = node.settings.base_url
            path.write_bytes(gather.made(reading, certificate, kind, language, base_url))
            made.append(path)
    return made
