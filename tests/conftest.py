"""What all tests share: databases, input beside the checkout, how long hypothesis looks."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest
import typer.main
import typer.testing
from tests import postgres, replicated, route_fields, schema

shared_folder = Path(__file__).resolve().parents[2] / "shared"
shared_missing = "the real input files (../shared beside the checkout) are not here"
missing_here = "missing here: "
soak_examples_min = 1000

hypothesis.settings.register_profile("local", deadline=None, max_examples=50)
hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=50, derandomize=True, print_blob=True
)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=5000, print_blob=True)
# `CliRunner` builds the tree of all commands for each one that it runs, which takes a second.
typer.testing._get_command = cache(typer.main.get_command)  # type: ignore[attr-defined]
route_fields.build_late()


def under_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


# Loaded here and not in `pytest_configure`, so that `--hypothesis-profile` still wins.
hypothesis.settings.load_profile("ci" if under_ci() else "local")


def soaking() -> bool:
    """Whether this is a run of `./dev soak`, which asks for far more examples than any other."""
    return hypothesis.settings().max_examples >= soak_examples_min


def missing(what: str) -> NoReturn:
    """A real server or tool is missing: a failure under CI=true, a skip with its reason elsewhere."""
    what = " ".join(what.split())
    if under_ci():
        pytest.fail(f"under CI=true this must not be missing: {what}", pytrace=False)
    pytest.skip(f"{missing_here}{what}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """One line for one missing thing, however many tests wait for it: pytest folds by place."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if reason.startswith(missing_here):
            report.longrepr = (__file__, 1, reason)
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shared_folder.is_dir():
        return
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(pytest.mark.skip(reason=shared_missing))


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of real input files; tests that use it are marked `shared`."""
    if not shared_folder.is_dir():
        pytest.skip(shared_missing)
    return shared_folder


@pytest.fixture(scope="session", autouse=True)
def _tables(tmp_path_factory: pytest.TempPathFactory) -> None:
    schema.lend(tmp_path_factory.mktemp("schema"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """The PostgreSQL of this test process."""
    try:
        with postgres.server() as server:
            server.template()
            yield server
    except postgres.Unavailable as error:
        missing(str(error))


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """`postgresql://…` of a fresh database on a real server: all tables, and nothing in them."""
    with postgres_server.fresh_tables() as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """As `postgres_url`, without the tables."""
    with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def replicated_postgres() -> Iterator[replicated.Pair]:
    """A primary whose commits wait for its streaming standby."""
    try:
        with replicated.pair() as made:
            yield made
    except postgres.Unavailable as error:
        missing(str(error))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """`sqlite:///…` of a database file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'tallystick.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of each engine in turn; the server is started only when asked for."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """As `database_url`, without tables: for tests of the migrations."""
    name = "sqlite_url" if request.param == "sqlite" else "empty_postgres_url"
    url: str = request.getfixturevalue(name)
    return url
