"""Standard error of this process, as lines of the log."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from tallystick.app.operations import logs
from tallystick.app.settings import Settings


class Heard:
    def __init__(self) -> None:
        self.file = io.StringIO()

    @property
    def text(self) -> str:
        return self.file.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@contextmanager
def hearing() -> Iterator[Heard]:
    """Everything that is logged meanwhile, from debug on; afterwards all is as it was."""
    made, root = Heard(), logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config(), logs.stream)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stderr", made.file)
        logs.configure(Settings(home=Path("unused"), log_level="debug", log_format="json"))
        try:
            yield made
        finally:
            root.handlers[:] = before[0]
            root.setLevel(before[1])
            structlog.configure(**before[2])
            logs.stream = before[3]
            logging.captureWarnings(False)
