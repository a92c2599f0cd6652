"""The one table: what follows from class and grade of data. Default deny.

Readers, masks, encryption at rest, how long copies are kept, and what may leave: each of them is asked of
`treatment`, and of nothing else. `level_of` maps grades to the levels of GB/T 43697-2024, which is in force since
2024-10-01: 一般 (general), 重要 (important), 核心 (core). That mapping is this project's reading of it, dated; an
authority that lists somebody's data as important or core overrules it, by raising their grade.

Days are what this version keeps by default, counted from the ledger time of the entry: accounts 30 years (会计档案
管理办法, 2016, annex 1), identification of parties 10 years (反洗钱法 as revised, in force since 2025-01-01),
personal data 3 years (个人信息保护法 art. 19: no longer than it is needed). Whoever is bound to another time sets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tallystick.ledger.grading.words import DataClass, DataGrade, Mark, classes, grades

Level = Literal["general", "important", "core"]
Route = Literal["export", "webhook", "mirror", "bundle"]
#: yes; named: under a permission that names the recipient; no: never.
Leave = Literal["yes", "named", "no"]
routes: tuple[Route, ...] = ("export", "webhook", "mirror", "bundle")
#: Whoever opens what is not for them meets this word in `Reader.may_read`.
Sight = Literal["public", "parties", "restricted", "core"]


@dataclass(frozen=True, slots=True)
class Mapped:
    """From which day on grades are read as these levels, and by what source."""

    since: str
    source: str
    levels: Mapping[DataGrade, Level]


#: Oldest first; a new reading is one more row.
mapped: tuple[Mapped, ...] = (
    Mapped(
        "2024-10-01",
        "GB/T 43697-2024",
        {"public": "general", "partner": "general", "restricted": "important", "core": "core"},
    ),
)


@dataclass(frozen=True, slots=True)
class Treatment:
    """One row.

    sight: whom it is for. clear_for: roles of theirs that see it unmasked. sealed: attachments are encrypted under a key of their own; bodies are
    as the disk of the deployment is. kept_days: attachments; None: for ever. leaves: by which route. abroad: to another
    country, by any route.
    """

    sight: Sight
    clear_for: frozenset[str]
    sealed: bool
    kept_days: int | None
    leaves: Mapping[Route, Leave]
    abroad: Leave


everyone = frozenset(
    {
        "maker", "checker", "warehouse", "finance", "reader", "administrator",
        "security-administrator", "audit-administrator", "program",
    }
)  # fmt: skip
#: Roles that see what is restricted in the clear; all others see its mask. `program`: whoever asks without a person.
_clear: Mapping[DataClass, frozenset[str]] = {
    "identity": frozenset({"administrator", "security-administrator", "checker"}),
    "trade": frozenset({"maker", "checker", "finance", "program"}),
    "quality": frozenset({"maker", "checker", "warehouse", "program"}),
    "sensor": frozenset({"maker", "checker", "warehouse", "program"}),
    "money": frozenset({"maker", "checker", "finance", "program"}),
    "personal": frozenset(
        {"administrator", "security-administrator", "audit-administrator", "checker"}
    ),
}
_core_clear = frozenset({"checker", "security-administrator"})
_year = 365
_kept: Mapping[DataClass, int] = {
    "identity": 10 * _year,
    "trade": 10 * _year,
    "quality": 10 * _year,
    "sensor": 2 * _year,
    "money": 30 * _year,
    "personal": 3 * _year,
}
_all_yes: Mapping[Route, Leave] = dict.fromkeys(routes, "yes")
_named: Mapping[Route, Leave] = {**dict.fromkeys(routes, "named"), "webhook": "no"}


def treatment(mark: Mark) -> Treatment:
    """The row of a class and a grade."""
    return rows[mark.data_class, mark.grade]


def level_of(grade: DataGrade, day: str = "") -> Level:
    """The level as it was read on this day, by default by the newest reading."""
    known = [one for one in mapped if not day or one.since <= day]
    return (known or mapped)[-1 if known else 0].levels[grade]


def _row(data_class: DataClass, grade: DataGrade) -> Treatment:
    kept = _kept[data_class]
    if grade == "public":
        never = data_class != "personal"
        return Treatment("public", everyone, True, None if never else kept, _all_yes, "yes")
    if grade == "partner":
        abroad: Leave = "named" if data_class == "personal" else "yes"
        leaves: Mapping[Route, Leave]
        leaves = {**_all_yes, "webhook": "no"} if data_class == "personal" else _all_yes
        return Treatment("parties", everyone, True, kept, leaves, abroad)
    if grade == "restricted":
        return Treatment("restricted", _clear[data_class], True, kept, _named, "named")
    return Treatment("core", _core_clear, True, kept, _named, "named")


rows: Mapping[tuple[DataClass, DataGrade], Treatment] = {
    (data_class, grade): _row(data_class, grade) for data_class in classes for grade in grades
}
#: Rows of the read log; of network logs at least six months are kept (网络安全法 art. 21).
read_log_days = 3 * _year
