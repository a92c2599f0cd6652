"""One stream of structured logs on standard error: JSON for machines, coloured lines on a terminal.

Everything joins it: the product's own lines, uvicorn's, Celery's and those of any library. A line that
cannot be written (a full disk, a closed pipe) is counted and lost; it never stops the thread that speaks.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from typing import Any, TextIO

import orjson
import structlog

from tallystick.app.operations.withheld import guard
from tallystick.app.settings import Settings

#: Libraries whose info lines tell nothing that ours do not.
_quiet = ("uvicorn.access", "httpx", "httpcore", "alembic", "filelock", "kombu", "amqp")
_celery_chatter = ("celery", "uvicorn")


class Stream:
    """Where lines go; `lost` counts those that could not be written."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.lost = 0

    def write(self, line: str) -> None:
        try:
            with self._lock:
                self._file.write(f"{line}\n")
                self._file.flush()
        except (OSError, ValueError):
            self.lost += 1

    debug = info = warning = error = critical = exception = fatal = msg = log = write


stream = Stream(sys.stderr)


def configure(settings: Settings) -> None:
    """From now on this process logs as the settings say. Call again to change it."""
    global stream
    stream = Stream(sys.stderr)
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    human = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Never with the values of variables: they hold bodies and keys.
            structlog.processors.format_exc_info,
            guard,
            _human() if human else _json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: stream,
        cache_logger_on_first_use=False,
    )
    _join(level)


def _json(_logger: object, _method: str, event: Any) -> str:
    first = {"time": "timestamp", "level": "level", "event": "event"}
    told = {name: event.pop(known, None) for name, known in first.items()} | event
    return orjson.dumps(told, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _human() -> Callable[..., str]:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


class _Joined(logging.Handler):
    """Lines of the standard library's loggers, into the same stream."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            told = structlog.get_logger()
            told.log(
                record.levelno,
                record.getMessage(),
                logger=record.name,
                exc_info=record.exc_info or None,
            )
        except Exception:  # noqa: BLE001 - a line that cannot be told must not stop its thread
            stream.lost += 1


def _join(level: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [_Joined()]
    root.setLevel(level)
    for name in (*_quiet, *_celery_chatter):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)
