"""The house's lints refuse what they are for, and accept what they must; `./dev check` asks them of what is shipped."""

from __future__ import annotations

import pytest
from tests.lint import __main__ as over_all
from tests.lint.lints import lints
from tests.lint.source import inspect, parse

store = "ledger/tallystick/ledger/store/entries.py"
service = "ledger/tallystick/ledger/service.py"
view = "finance/tallystick/finance/views.py"
command = "app/tallystick/app/books/cli.py"
rule = "finance/tallystick/finance/rules.py"


def found(path: str, text: str) -> list[str]:
    return [finding.lint for finding in inspect(parse(path, text), lints)]


@pytest.mark.parametrize(
    ("lint", "path", "text"),
    [
        ("unit-of-work", service, "session.commit()"),
        ("unit-of-work", service, "with engine.begin() as connection:\n    pass"),
        ("unit-of-work", "app/tallystick/app/jobs.py", "self.store.connection.commit()"),
        ("unit-of-work", "identity/tallystick/identity/store.py", "session.commit()"),
        ("sql", service, "from sqlalchemy import create_engine, select"),
        ("sql", service, "from sqlalchemy import sql"),
        ("sql", service, "from sqlalchemy.dialects.postgresql import insert"),
        ("sql", service, "from sqlalchemy.orm import Session"),
        ("sql", service, "import sqlalchemy as sa\nquery = sa.text('SELECT 1')"),
        ("sql", service, "import sqlalchemy.orm"),
        ("sql", service, "def late():\n    import sqlite3"),
        ("sql", service, "import psycopg"),
        ("sql", service, "connection.exec_driver_sql('VACUUM')"),
        ("reader", view, "def of(state):\n    return state.find('holder', 'A')"),
        ("reader", view, "def of(log):\n    return [log.view().group('holding', n) for n in 'AB']"),
        ("reader", "trace/tallystick/trace/api.py", "def of():\n    return db.names('item')"),
        (
            "reader",
            "app/tallystick/app/pages_item.py",
            "def of():\n    return db.count('a', key='b')",
        ),
        ("who-may-read", service, "def of(reader): return reader.reads_for == 'A'"),
        ("who-may-read", view, "def of(reading): return who._reader.reads_as == 'auditor'"),
        ("who-may-read", view, "def of(reading): return reading.auditor"),
        ("who-may-read", view, "def of(reading): return reading.reader.organisation in parties"),
        ("who-may-read", view, "def of(reader): return getattr(reader, 'reads_for')"),
        ("who-may-read", rule, "from tallystick.ledger import Reader\nme = Reader('auditor')"),
        ("noted", command, "Reading(snapshot, auditor_reader)"),
        ("noted", command, "people_of(view, ledger.auditor_reader, firm)"),
        ("noted", "app/tallystick/app/log_cli.py", "make(snapshot, reader=auditor_reader)"),
        ("float", rule, "rate = 4.2"),
        ("float", rule, "def rate() -> float: ..."),
        ("float", rule, "def rate(cents: int | float) -> int: ..."),
        ("float", rule, "class Quote:\n    rate: list[float]"),
        ("float", service, "x = float('1')"),
        ("float", service, "x = sum(map(float, rows))"),
        ("float", service, "x = isinstance(float(y), int)"),
    ],
)
def test_refused(lint: str, path: str, text: str) -> None:
    assert found(path, text) == [lint]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (store, "from sqlalchemy import select\nsession.commit()\nimport sqlite3"),
        ("ledger/tallystick/ledger/store.py", "with engine.begin() as c: pass"),
        ("ledger/tallystick/ledger/migrations/versions/0001.py", "from sqlalchemy import Table"),
        ("scanners/tallystick/scanners/store.py", "import sqlite3\ndb.commit()"),
        (service, "from sqlalchemy import create_engine\nfrom sqlalchemy.engine import make_url"),
        (service, "import sqlalchemy as sa\nengine = sa.create_engine(url)"),
        (service, "from tallystick.ledger.store import select"),
        (service, "commit()\nbegin = 1"),
        (view, "def of(view):\n    return view.find('holder', 'A')"),
        (view, "def of(*, reading):\n    return [reading.group('holding', n) for n in names]"),
        (
            view,
            "def of(reader):\n    def one(n): return log.group('holding', n)\n    return one('A')",
        ),
        (view, "class Book:\n    def of(self):\n        return self._view.count('holder', 'A')"),
        (view, "def of(text):\n    return text.find('#'), match.group(1), 'a,b'.count(',', 1)"),
        (view, "def of(reading):\n    return reading.reader.may_read('parties', who.organisation)"),
        (view, "def of(reader):\n    return Reader.party('A') or document.kind or speaker.auditor"),
        ("ledger/tallystick/ledger/readers.py", "def of(self): return self.reads_for or Reader()"),
        (command, "with noted(node, auditor_reader, 'log entry') as reader: pass"),
        (command, "with looking('books journal', firm) as reading: pass"),
        (service, "Reading(snapshot, auditor_reader)"),
        (rule, "def of(state):\n    return state.group('holding', 'A')"),
        ("trace/tallystick/trace/rules.py", "celsius = float('2.5') + 0.1"),
        (rule, "if isinstance(value, (float, complex)):\n    raise ValueError"),
        (rule, "x = {'float': 1, 'y': '4.2'}  # a float of 4.2"),
    ],
)
def test_accepted(path: str, text: str) -> None:
    assert found(path, text) == []


def test_a_comment_with_a_reason_allows_its_statement_and_nothing_else() -> None:
    text = (
        "wait(\n"
        "    timeout=0.5,\n"
        ")\n"
        "wait(0.5)  # lint: allow float: seconds of a timeout, not money\n"
        "wait(0.7)\n"
    )
    lines = [(f.lint, f.line) for f in inspect(parse(service, text), lints)]
    assert lines == [("float", 2), ("float", 5)]


def test_a_comment_allows_only_the_lint_it_names() -> None:
    text = "db.commit(0.5)  # lint: allow float: a timeout"
    assert found(service, text) == ["unit-of-work"]


@pytest.mark.parametrize(
    ("comment", "others"),
    [
        ("# lint: allow float", ["float"]),
        ("# lint: allow float:  ", ["float"]),
        ("# lint: allow floating: a timeout", ["float"]),
        ("# lint: allow sql: no SQL is here", ["float"]),
    ],
)
def test_a_comment_that_allows_nothing_is_refused(comment: str, others: list[str]) -> None:
    assert sorted(found(service, f"wait(0.5)  {comment}")) == sorted(["allow", *others])


def test_a_string_that_looks_like_a_comment_allows_nothing() -> None:
    assert found(service, "wait(0.5, '# lint: allow float: a timeout')") == ["float"]


def test_a_tree_without_shipped_code_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(over_all, "shipped", lambda: iter(()))
    assert over_all.main() == 1
    assert "no shipped code" in capsys.readouterr().out
