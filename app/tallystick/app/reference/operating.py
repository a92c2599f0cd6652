"""The pages for operators: settings, reasons of `/readyz`, metrics, from the code that has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prometheus_client.core import Metric

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.mirror.home import MirrorHome
from tallystick.app.mirror.running import opened
from tallystick.app.mirror.watching import service as mirror_service
from tallystick.app.operations import NodeOperations, Service, reasons
from tallystick.app.reference.markdown import page, table
from tallystick.app.settings import Settings
from tallystick.app.witness.home import WitnessHome
from tallystick.app.witness.watching import service as witness_service
from tallystick.ledger import (
    Answer,
    LogFenced,
    PrivateKey,
    SequencerDead,
    Stopping,
    SystemClock,
    TallystickError,
    Verifier,
)

_answers = (
    Answer("99/O-R", "1", 2, "", "accepted", type="ledger.any/1"),
    Answer("99/O-R", "2", problem=Stopping()),
)
#: Reasons that are errors of the log itself.
of_the_log: tuple[type[TallystickError], ...] = (LogFenced, SequencerDead, Stopping)


def settings() -> str:
    """What each is, what it trusts, and what goes wrong."""
    said = (
        "Environment variables. Every command and the demo use them when they are set. How to run a node: "
        "[Operate a node](../how-to/operate.md)."
    )
    rows = [
        (_variable(name), _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    parts = [part for name, field in Settings.model_fields.items() for part in _part(name, field)]
    return page("Settings", said, table(("variable", "default", "what"), rows), *parts)


def _variable(name: str) -> str:
    return f"`TALLYSTICK_{name.upper()}`"


def _default(field: Any) -> str:
    return f"`{field.default}`" if field.default != "" else ""


def _part(name: str, field: Any) -> Iterator[str]:
    told = field.json_schema_extra or {}
    yield f"## TALLYSTICK_{name.upper()}"
    yield f"**Trusts**: {told.get('trusts', '')}"
    yield f"**If it is wrong**: {told.get('wrong', '')}"


def operations() -> str:
    """Reasons and metrics."""
    said = (
        "`/healthz`, `/readyz` and `/metrics` of `tallystick serve`, `tallystick witness serve` and "
        "`tallystick mirror serve`. What to do about each: [Operate a node](../how-to/operate.md)."
    )
    rows = [
        (
            f"`{one.code}`",
            "warning" if getattr(one, "warns", False) else "503",
            one.title,
            one.advice,
        )
        for one in known_reasons()
    ]
    return page(
        "Health and metrics",
        said,
        "## Reasons",
        table(("reason", "`/readyz`", "what", "advice"), rows),
        "## Metrics",
        "On the operations port alone (`TALLYSTICK_OPERATIONS_PORT`).",
        table(("metric", "kind", "labels", "of", "what"), _metrics()),
    )


def known_reasons() -> list[type[TallystickError]]:
    """Everything that `/readyz` may name, by code."""
    own = [one for one in vars(reasons).values() if isinstance(one, type)]
    found = [one for one in own if issubclass(one, reasons.Reason) and one is not reasons.Reason]
    return sorted((*found, *of_the_log), key=lambda one: one.code)


def _metrics() -> list[tuple[str, str, str, str, str]]:
    found: dict[str, tuple[Metric, list[str]]] = {}
    for who, metrics in metrics_of_services().items():
        for metric in metrics:
            found.setdefault(metric.name, (metric, []))[1].append(who)
    return [
        (
            f"`{shown_name(metric)}`",
            metric.type,
            ", ".join(f"`{label}`" for label in _labels(metric)),
            ", ".join(who),
            metric.documentation,
        )
        for _, (metric, who) in sorted(found.items())
    ]


def shown_name(metric: Metric) -> str:
    """As Prometheus stores it."""
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def _labels(metric: Metric) -> list[str]:
    return sorted({label for sample in metric.samples for label in sample.labels} - {"le"})


def metrics_of_services() -> dict[str, list[Metric]]:
    """Every family that a node, a witness and a mirror have, with values or without."""
    with TemporaryDirectory(prefix="tallystick-") as home:
        folder = Path(home)
        vkey, of_witness = _of_witness(folder / "witness")
        return {
            "node": _of_node(folder / "node", f"witness w {vkey} http://127.0.0.1:1\nquorum w\n"),
            "witness": of_witness,
            "mirror": _of_mirror(folder / "mirror"),
        }


def _of_node(home: Path, policy: str) -> list[Metric]:
    node = Node.at(Settings(home=home, database_url=""))
    new = NewLog("tallystick.example/reference", "99/L-R", "99/O-R", {"en": "R"}, policy=policy)
    node.create(new)
    try:
        made = NodeOperations(node, appends=True)
        made.written.took(_answers, 1)
        made.written.failed(OSError())
        return _families(made.service)
    finally:
        node.store.close()


def _of_witness(home: Path) -> tuple[str, list[Metric]]:
    """Its verifier key, and the families."""
    made = WitnessHome(home)
    vkey = made.create("witness.example/reference").encode()
    made.add_log(Verifier("tallystick.example/reference", PrivateKey.generate().public))
    with made.open(SystemClock()) as running:
        return vkey, _families(witness_service(made, running, Settings(home=home)))


def _of_mirror(home: Path) -> list[Metric]:
    chosen = Settings(home=home, database_url="", verify_processes=0)
    made, node = MirrorHome(home), Node.at(chosen)
    made.create("reference.example/mirror")
    made.follow(
        Verifier("tallystick.example/reference", made.statement_key().public), "http://x", ""
    )
    try:
        with opened(node, made, SystemClock()) as running:
            return _families(mirror_service(running))
    finally:
        node.store.close()


def _families(service: Service) -> list[Metric]:
    """With a sample of everything that has labels."""
    service.watchman.look()
    service.http.answered("GET", "/", 200, 1)
    service.process.set(["stopping"], ["not-final"])
    return list(service.registry.collect())
