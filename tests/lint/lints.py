"""The house's lints by the name that an allowing comment uses."""

from __future__ import annotations

from tests.lint.decisions import decisions
from tests.lint.floats import floats
from tests.lint.looks import looks
from tests.lint.readers import readers
from tests.lint.source import Lint
from tests.lint.storage import sql, unit_of_work

lints: dict[str, Lint] = {
    "unit-of-work": unit_of_work,
    "sql": sql,
    "reader": readers,
    "who-may-read": decisions,
    "float": floats,
    "noted": looks,
}
