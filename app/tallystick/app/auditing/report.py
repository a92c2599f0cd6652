"""What an audit has to say: what was checked, with which result, on what it rests, what was not seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from tallystick.app.devices.audited import Told
from tallystick.ledger import Audited, NotSound, known_suites, simulated_suffix

report_version = 1
Source = Literal["database", "export", "served"]
Verdict = Literal["sound", "not sound", "not checked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the audit was to do. `place`: database, folder or address, as it is shown."""

    source: Source
    place: str
    ruled: bool
    log_key: bool = False
    checkpoint: bool = False
    memory: bool = False
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One thing by its name in `texts`, and how many of it; `count` None: not counted."""

    name: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Of one audit. `began`: RFC 3339; `took_ms`: of this run. `audited` None: `finding` says why.

    `devices`: those that were stopped, or refused something; known where the store is.
    """

    asked: Asked
    began: str
    took_ms: int
    audited: Audited | None = None
    finding: NotSound | None = None
    hint: str = ""
    unknown_suites: tuple[str, ...] = field(default=())
    devices: tuple[Told, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if self.audited is None:
            return "not sound"
        return "not checked" if self.audited.unchecked else "sound"

    @property
    def is_simulated(self) -> bool:
        return self.audited is not None and self.audited.origin.endswith(simulated_suffix)

    def checked(self) -> list[Line]:
        """What was looked at, in order; of a log that is not sound, what was to be."""
        ruled, source = self.asked.ruled, self.asked.source
        names = ["entries", "signatures", "bodies"]
        if ruled:
            names += ["attachments", "attachments-erased", "rules", "refused"]
        names += ["tree", "blocks" if ruled else "blocks-seen", "checkpoints", "cosignatures"]
        if ruled:
            names.append({"database": "tables", "export": "files", "served": "tiles"}[source])
        counts = {} if self.audited is None else _counts(self.audited)
        return [Line(name, counts.get(name)) for name in names]

    def rests(self) -> list[Line]:
        """On what else the result rests: what was brought along, and what was not."""
        asked, found = self.asked, self.audited
        lines = [
            Line("log-key" if asked.log_key else "no-log-key"),
            Line("checkpoint" if asked.checkpoint else "no-checkpoint"),
        ]
        if asked.source == "database":
            lines.append(Line("memory" if asked.memory else "no-memory"))
        if not self.unknown_suites:
            lines.append(Line("suites"))
        if found and found.since:
            lines.append(Line("earlier", found.since))
        return lines

    def unseen(self) -> list[Line]:
        """What this auditor could not see, or did not look at."""
        found, lines = self.audited, list[Line]()
        if found:
            counted = (
                ("withheld", found.withheld),
                ("bodies-withheld", found.bodies_withheld),
                ("signatures-unknown", found.signatures_unknown),
                ("attachments-sealed", found.attachments.unseen),
                ("attachments-missing", found.attachments_missing),
                ("contradictions", found.contradictions),
            )
            lines += [Line(name, count) for name, count in counted if count]
        if not self.asked.ruled:
            lines += [Line("no-rules"), Line("no-attachments")]
        lines.append(Line("operational" if self.asked.source == "database" else "no-database"))
        if self.unknown_suites:
            lines.append(Line("suites-unknown", len(self.unknown_suites)))
        if found and found.unchecked:
            lines.append(Line("signatures-unchecked", len(found.unchecked)))
        lines.append(Line("truth"))
        return lines

    def told(self) -> dict[str, Any]:
        """As JSON; names are those of the page's lines, and stable."""
        found, finding = self.audited, self.finding
        return {
            "report": report_version,
            "verdict": self.verdict,
            "source": self.asked.source,
            "place": self.asked.place,
            "rules": self.asked.ruled,
            "began": self.began,
            "took_ms": self.took_ms,
            "processes": self.asked.processes,
            "log": None if found is None else _log(found),
            "finding": None if finding is None else _finding(finding, self.hint),
            "checked": _lines(self.checked()),
            "rests_on": _lines(self.rests()),
            "unseen": _lines(self.unseen()),
            "devices": [one.document() for one in self.devices],
            "suites": {"known": list(known_suites()), "unknown": list(self.unknown_suites)},
            "unchecked": [] if self.audited is None else list(self.audited.unchecked),
        }


def _counts(found: Audited) -> dict[str, int]:
    """By the names of lines; what earlier runs counted is in it, but for entries."""
    read = found.size - found.since
    return {
        "entries": read,
        "rules": read,
        "signatures": found.signatures,
        "bodies": found.bodies,
        "attachments": found.attachments.seen,
        "attachments-erased": found.attachments.erased,
        "refused": found.refused,
        "blocks": found.blocks,
        "blocks-seen": found.blocks,
        "checkpoints": found.checkpoints,
        "cosignatures": found.cosignatures,
        "tables": found.documents,
    }


def _lines(lines: list[Line]) -> list[dict[str, Any]]:
    return [{"name": one.name, "count": one.count} for one in lines]


def _log(found: Audited) -> dict[str, Any]:
    return {
        "origin": found.origin,
        "size": found.size,
        "since": found.since,
        "root": found.root.hex(),
        "state": found.state.hex() if found.ruled else None,
        "final": found.final,
        "attachments": _attachments(found) if found.ruled else None,
    }


def _attachments(found: Audited) -> dict[str, int]:
    told = found.attachments
    return {
        "seen": told.seen,
        "sealed": told.unseen,
        "erased": told.erased,
        "missing": found.attachments_missing,
    }


def _finding(finding: NotSound, hint: str) -> dict[str, Any]:
    return {
        "index": finding.index,
        "what": finding.what,
        "detail": finding.detail,
        "next": hint or None,
    }
