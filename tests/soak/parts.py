"""The parts of a soak run. Each does its work in a folder of its own and says what it found."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.log import bench_log
from bench.pens import Pens, started
from tests import postgres
from tests.end_to_end.test_serving import free_port
from tests.fuzzing.table import parsers
from tests.kills.loop import looping, mixed_rounds
from tests.kills.served import forking
from tests.soak import audits as audit_run
from tests.soak import load as load_run
from tests.soak import machines as machine_run
from tests.soak import money_races as money_run
from tests.soak import month as month_run
from tests.soak import programme as programme_run
from tests.soak import races as race_run
from tests.soak.flat import heading
from tests.soak.report import repository

from tallystick.app.settings import Settings
from tallystick.ledger import SetClock

Say = Callable[[str], None]
Found = tuple[bool, list[str], dict[str, Any]]
databases = ("sqlite", "postgresql")
said_every_kills = 25
shown_lines = 40
month_suppliers, month_lines_each = 300, 200
month_proposed_s_max = 60
#: Each of the races for money needs a dozen entries: so many times fewer of them than of the others.
money_races_share = 10
programme_suppliers = 1200
#: CNY 13,800,000,000.00 and 7,100,000,000.00.
programme_face, programme_financed = 1_380_000_000_000, 710_000_000_000
#: CNY 100,000,000.00.
month_face_min = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Options:
    kills: int
    seeds: int
    minutes: float
    entries: int
    fuzz_seconds: int
    seed: int
    databases: tuple[str, ...]
    pytest: tuple[str, ...] = ()
    races: int = 10_000
    steps: int = 100_000
    suppliers: int = month_suppliers


def kills(options: Options, say: Say) -> Found:
    """kill -9 of the serving process, half of it at the points of an append, half at any moment."""
    lines, figures = [], dict[str, Any]()
    for name in options.databases:
        count = options.kills // len(options.databases)
        with folder_and_database(name) as (folder, url), forking() as parent:
            settings = Settings(
                home=folder / "home", database_url=url, port=free_port(), verify_processes=0
            )
            rounds = mixed_rounds(count, random.Random(options.seed))
            with looping(parent, settings, folder / "serve.log", options.seed) as loop:
                for done, _ in enumerate(loop.run(rounds), start=1):
                    if done % said_every_kills == 0 or done == count:
                        say(f"{name}: {done} of {count} kills, {loop.acknowledged} acknowledged")
                size = loop.finish()
        lines += [
            f"{name}: {loop.kills.total()} kills; nothing acknowledged was lost, nothing half-done",
            f"  {loop.acknowledged} entries acknowledged, audit sound at size {size}",
            f"  unanswered requests: {loop.taken_untold} in the log, {loop.not_taken} not",
            f"  {loop.repeated} receipts asked for again were the same",
            *(f"  {times:5d} × {point}" for point, times in sorted(loop.kills.items())),
        ]
        figures[name] = {
            "kills": loop.kills.total(),
            "by point": dict(loop.kills),
            "acknowledged": loop.acknowledged,
            "taken in untold": loop.taken_untold,
            "not taken in": loop.not_taken,
            "receipts repeated": loop.repeated,
            "size": size,
        }
    return True, lines, figures


def load(options: Options, say: Say) -> Found:
    """70 % of the measured rate, on each database in turn."""
    sound, lines, figures = True, list[str](), dict[str, Any]()
    for name in options.databases:
        with folder_and_database(name) as (folder, url):
            told = load_run.run(
                folder, url, options.minutes, lambda s, n=name: say(f"{n}: {s}"), options.seed
            )
        figures[name] = told
        sound &= told["sound"]
        lines += [f"{name}:", *_table(told), f"  {heading}", *(f"  {t}" for t in told["trends"])]
    return sound, lines, figures


def audit(options: Options, say: Say) -> Found:
    """A large log audited by its signatures; and with rules, killed on the way and gone on with."""
    sound, lines, figures = True, list[str](), dict[str, Any]()
    for name in options.databases:
        with folder_and_database(name) as (folder, url):
            told = audit_run.run(
                folder, url, options.entries, lambda s, n=name: say(f"{n}: {s}"), options.seed
            )
        figures[name] = told
        sound &= told["sound"]
        lines.append(f"{name}:")
        for key, value in told.items():
            rows = value.items() if isinstance(value, dict) else [("", value)]
            lines += [f"  {f'{key}: {what}'.rstrip(': '):<36} {one}" for what, one in rows]
    return sound, lines, figures


def simulator(options: Options, say: Say) -> Found:
    """The simulated consortium over many seeds."""
    if not (repository / "tests" / "simulator" / "__main__.py").exists():
        return False, ["tests/simulator is not in this checkout: nothing was simulated"], {}
    return _command(["-m", "tests.simulator", "--seeds", str(options.seeds)], say)


def export(options: Options, say: Say) -> Found:
    """A log of 100,000 real entries, exported and verified by the Go program."""
    return _pytest(["tests/conformance/test_go_export.py", "-k", "100_000"], say)


def orders(options: Options, say: Say) -> Found:
    """A million serials, and 4,700,000 number plates for 62 makers and 153 machines, on each database."""
    return _pytest(["tests/app/minting/test_orders.py", "--durations=0"], say)


def statements(options: Options, say: Say) -> Found:
    """300 suppliers, a month of 60,000 lines: proposed within a minute, exactly what was planted disputed, what goes back
    credited."""
    sound, lines, figures = True, list[str](), dict[str, Any]()
    for name in options.databases:
        with (
            folder_and_database(name) as (folder, url),
            bench_log(url, folder / "log", Pens(1, {})) as log,
        ):
            told = month_run.play(
                log, options.suppliers, month_lines_each, options.seed,
                lambda text, n=name: say(f"{n}: {text}"),
            )  # fmt: skip
        enough = told.face * month_suppliers > month_face_min * options.suppliers
        sound &= told.sound and enough and told.proposed_s < month_proposed_s_max
        disputed = sum(map(len, told.disputed.values()))
        lines += [
            f"{name}: {told.lines:,} {told.source} of {told.suppliers} suppliers",
            f"  {told.statements} statements proposed in {told.proposed_s:.1f} s",
            f"  {disputed:,} lines disputed, {sum(map(len, told.planted.values())):,} planted",
            f"  {told.certificates} certificates, CNY {told.face / 100:,.2f}",
            f"  {told.returned:,} lines went back in part, CNY {told.credited / 100:,.2f} credited",
        ]
        figures[name] = {
            "lines": told.lines,
            "source": told.source,
            "statements": told.statements,
            "proposed, s": round(told.proposed_s, 2),
            "disputed": disputed,
            "exactly the planted": told.disputed == told.planted,
            "certificates": told.certificates,
            "face, minor units": told.face,
            "lines returned": told.returned,
            "credited, minor units": told.credited,
        }
    return sound, lines, figures


def programme(options: Options, say: Say) -> Found:
    """1,200 suppliers, CNY 13.8 bn, of which three banks finance 7.1 bn under limits; all paid, equal on every day."""
    sound, lines, figures = True, list[str](), dict[str, Any]()
    for name in options.databases:
        clock = SetClock(started)
        with (
            folder_and_database(name) as (folder, url),
            bench_log(url, folder / "log", Pens(1, {}, clock)) as log,
        ):
            told = programme_run.play(
                log, clock, programme_suppliers, programme_face, programme_financed, options.seed,
                lambda text, n=name: say(f"{n}: {text}"),
            )  # fmt: skip
        sound &= told.sound
        banks = ", ".join(f"{amount / 100:,.2f}" for amount in told.by_bank.values())
        unexplained = sum(told.unexplained.values())
        lines += [
            f"{name}: {told.suppliers:,} suppliers, certificates of CNY {told.face / 100:,.2f}",
            f"  financed CNY {told.financed / 100:,.2f}, by bank {banks}; above a limit: {told.refused_above_limit}",
            f"  paid CNY {told.paid / 100:,.2f}, {told.settled:,} settled, {told.outstanding} minor units outstanding",
            f"  equality of {len(told.unexplained)} days: {unexplained} minor units not explained",
            f"  {told.limits_differ} counters of limits differ; {told.entries:,} entries",
        ]
        figures[name] = {
            "suppliers": told.suppliers,
            "face, minor units": told.face,
            "financed, minor units": told.financed,
            "by bank": told.by_bank,
            "paid, minor units": told.paid,
            "days": len(told.unexplained),
            "unexplained, minor units": unexplained,
            "entries": told.entries,
        }
    return sound, lines, figures


def races(options: Options, say: Say) -> Found:
    """Two clients for the same cents, over and over, on PostgreSQL; and 64 transfers at once of one and of 64."""
    with (
        folder_and_database("postgresql") as (folder, url),
        race_run.racing(url, folder) as trade,
    ):
        found = race_run.race(trade, options.races)
        say(f"{found.races} races, won by {dict(found.won_by)}")
        for certificates in (1, 64):
            race_run.together(trade, certificates)
    lines = [
        f"{found.races} races of {race_run.racers} clients for the same cents: {len(found.twice)} passed twice",
        f"won by {dict(found.won_by)}; refusals {dict(found.refusals)}",
        "64 transfers at once, of one certificate and of 64: all passed, units and splits add up",
    ]
    return found.sound, lines, {"races": found.races, "twice": len(found.twice)}


def money_races(options: Options, say: Say) -> Found:
    """Clients for the last of a limit, one payment, one return, one recourse at once, on each database."""
    sound, lines, figures = True, list[str](), dict[str, Any]()
    for name in options.databases:
        with folder_and_database(name) as (folder, url), money_run.racing(url, folder, 3) as races:
            races.run(max(1, options.races // money_races_share))
            races.check()
            sound &= races.sound
            lines.append(f"{name}: books, limits and the day's equality add up")
            for what, found in races.found.items():
                lines.append(
                    f"  {what}: {found.races} races, {len(found.wrong)} without exactly one outcome; "
                    f"refused {dict(found.refusals)}"
                )
            lines += [
                f"  {what}: {one}"
                for what, found in races.found.items()
                for one in found.wrong[:shown_lines]
            ]
            say(f"{name}: done")
            figures[name] = {what: found.races for what, found in races.found.items()}
    return sound, lines, figures


def machines(options: Options, say: Say) -> Found:
    """So many steps of the state machine of holdings in memory, and on each database."""
    return _machines("holdings", options, say)


def settlement(options: Options, say: Say) -> Found:
    """So many steps of the state machine of a certificate's money in memory, and on each database."""
    return _machines("settlement", options, say)


def _machines(machine: str, options: Options, say: Say) -> Found:
    lines, figures = list[str](), dict[str, Any]()
    for name in ("memory", *options.databases):
        with folder_and_database("sqlite" if name == "memory" else name) as (_, url):
            found = machine_run.run(
                machine,
                "" if name == "memory" else url,
                options.steps,
                lambda text, n=name: say(f"{n}: {text}"),
            )
        acts = ", ".join(f"{what} {count}" for what, count in found.kinds.most_common(12))
        lines += [
            f"{name}: {found.taken:,} acts, {found.refused:,} refusals; all held",
            f"  {acts}",
        ]
        figures[name] = {"acts": found.taken, "refusals": found.refused}
        if audited := found.kinds["audited"]:
            entries, days = found.kinds["audited entries"], found.kinds["equal days"]
            told = f"{audited} runs signed and audited: {entries:,} entries sound, {days:,} days"
            lines.append(f"  {told} of which nothing is unexplained")
            figures[name] |= {"audited": audited, "audited entries": entries, "days": days}
    return True, lines, figures


def fuzz(options: Options, say: Say) -> Found:
    """Every parser at length: by mutation, and guided by coverage where atheris is installed."""
    sound, lines, figures = _pytest(["tests/fuzzing", "-s"], say)
    if find_spec("atheris") is None:
        lines.append("atheris is not installed (uv sync --group fuzz): no parser was guided")
        return sound, lines, figures
    for name in parsers:
        words = ["-m", "tests.fuzzing.guided", name, "--seconds", str(options.fuzz_seconds)]
        good, told, _ = _command(words, lambda _: None)
        units = [line.split()[-1] for line in told if "number_of_executed_units" in line]
        say(f"guided: {name}: {''.join(units) or 'FAILED'} inputs")
        lines += [f"guided: {name}: {units[0]} inputs"] if good and units else told
        sound &= good
    return sound, lines, {**figures, "guided": len(parsers)}


def properties(options: Options, say: Say) -> Found:
    """All tests with the many examples of the profile `soak`; words behind `--` choose among them."""
    return _pytest(["--hypothesis-show-statistics", *options.pytest], say)


parts: Mapping[str, Callable[[Options, Say], Found]] = {
    "kills": kills,
    "simulator": simulator,
    "load": load,
    "audit": audit,
    "export": export,
    "orders": orders,
    "statements": statements,
    "programme": programme,
    "races": races,
    "money-races": money_races,
    "machines": machines,
    "settlement": settlement,
    "fuzz": fuzz,
    "properties": properties,
}


@contextmanager
def folder_and_database(name: str) -> Iterator[tuple[Path, str]]:
    """An empty folder, and the URL of an empty database of this kind."""
    with tempfile.TemporaryDirectory(prefix="tallystick-soak-") as made:
        folder = Path(made)
        if name == "sqlite":
            yield folder, f"sqlite:///{folder / 'ledger.sqlite3'}"
            return
        with postgres.server() as server, server.fresh_database() as url:
            yield folder, url


def _pytest(words: list[str], say: Say) -> Found:
    return _command(
        [
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "--no-header",
            "--hypothesis-profile=soak",
            *words,
        ],
        say,
    )


def _command(words: list[str], say: Say) -> Found:
    """Run it, showing what it says; the last lines are kept."""
    lines: list[str] = []
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            say(line.rstrip())
            lines = [*lines, line.rstrip()][-shown_lines:]
    told = [f"$ python {' '.join(words)}", *lines]
    return process.returncode == 0, told, {"exit code": process.returncode}


def _table(told: Mapping[str, Any]) -> list[str]:
    hidden = {"trends", "windows", "sound", "latency, ms"}
    lines = [f"  {name:<24} {value}" for name, value in told.items() if name not in hidden]
    for name, row in told["latency, ms"].items():
        lines.append(f"  latency of {name:<20} " + ", ".join(f"{k} {v} ms" for k, v in row.items()))
    return lines
