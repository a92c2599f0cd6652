"""The page of classes and grades of data: the table, its dated mapping, and what every entry type declares."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.app.bootstrap import rule_set
from tallystick.app.reference.markdown import page, table
from tallystick.ledger import Mark, grading

#: The field's own words, English and Chinese.
class_words: dict[grading.DataClass, tuple[str, str]] = {
    "identity": ("who somebody is, and by which keys he speaks", "身份"),
    "trade": ("goods, orders, who deals with whom", "贸易"),
    "quality": ("certificates, tests, materials", "质量"),
    "sensor": ("measurements, places, calibration", "传感"),
    "money": ("amounts, prices, accounts, claims", "资金"),
    "personal": ("names, contacts, papers of people", "个人信息"),
}
grade_words: dict[grading.DataGrade, tuple[str, str]] = {
    "public": ("for everybody", "公开"),
    "partner": ("for the parties", "合作方"),
    "restricted": ("for roles of the parties that need it; attachments for their owner", "受限"),
    "core": ("for few roles of the owner", "核心"),
}
level_words = {"general": "general 一般", "important": "important 重要", "core": "core 核心"}
_leave_words = {
    "yes": "yes 可",
    "named": "under a named permission 须指名许可",
    "no": "never 不可",
}
_samples: dict[grading.MaskName, str] = {
    "phone": "13812345678",
    "credit-code": "91310000MA1FL5E43X",
    "account": "6222020200112233445",
    "name": "Example",
    "tail": "123456789012",
}


def data_classes() -> str:
    """Words, table, mapping, masks, and declarations."""
    return page(
        "Classes and grades of data 数据分类分级",
        "One table decides whom data are for, who sees them masked, what is encrypted at rest, how long attachments "
        "are kept, and what may leave. Every entry type declares class and grade; one that does not cannot be "
        "registered. 一张表决定谁可读、谁只见掩码、如何加密存放、保存多久、能否离开本节点。每种条目都声明类别和级别。",
        "## Classes 类别",
        table(("class", "类别", "what"), ((f"`{n}`", zh, en) for n, (en, zh) in class_words.items())),
        "## Grades 级别",
        table(("grade", "级别", "whom it is for"), ((f"`{n}`", zh, en) for n, (en, zh) in grade_words.items())),
        "## Levels 数据级别对应",
        "This project's reading, by its date; whom an authority told otherwise raises the grade of what it named.",
        table(("since 自", "source 依据", *grading.grades), _mapped()),
        "## The table 总表",
        "In the clear: roles (or `program`) that see restricted values whole; others of the parties see a mask. At rest: "
        "attachments, AES-256-GCM with a key each; bodies lie on the disk of the deployment, so nothing of a body may "
        "be core. Kept: attachments, in days from the ledger time of their entry, by default.",
        table(
            ("class", "grade", "for 可读", "in the clear 明文", "kept 保存", "export", "webhook", "mirror", "bundle", "abroad 出境"),
            _rows(),
        ),
        f"Rows of the read log are kept {grading.read_log_days} days. 阅读日志保存 {grading.read_log_days} 天。",
        "## Masks 掩码",
        table(("mask", "value 原值", "shown 显示"), _masks()),
        "## Entry types 条目类型",
        "`/a/b` is a field of the body that differs from it; *attachments*: their class, and the least grade they have.",
        table(("type", "what", "class", "grade", "mask"), _declared()),
    )  # fmt: skip


def _mapped() -> Iterator[tuple[str, ...]]:
    for one in grading.mapped:
        yield (one.since, one.source, *(level_words[one.levels[grade]] for grade in grading.grades))


def _rows() -> Iterator[tuple[str, ...]]:
    for (data_class, grade), row in grading.rows.items():
        every = {role for other in grading.rows.values() for role in other.clear_for}
        clear = "all" if row.clear_for == every else ", ".join(sorted(row.clear_for))
        kept = "–" if row.kept_days is None else str(row.kept_days)
        leaves = (_leave_words[row.leaves[route]] for route in grading.routes)
        export, webhook, mirror, bundle = leaves
        yield (
            f"`{data_class}`", f"`{grade}`", row.sight, clear, kept,
            export, webhook, mirror, bundle, _leave_words[row.abroad],
        )  # fmt: skip


def _masks() -> Iterator[tuple[str, ...]]:
    for name, sample in _samples.items():
        yield (f"`{name}`", f"`{sample}`", f"`{grading.masked(sample, name)}`")


def _declared() -> Iterator[tuple[str, ...]]:
    for name, kind in rule_set().types.items():
        for pointer, mark in kind.data.marks():
            yield _declaration(name, f"`{pointer}`" if pointer else "body", mark)
        if kind.data.attachments is not None:
            yield _declaration(name, "*attachments*", kind.data.attachments)


def _declaration(name: str, what: str, mark: Mark) -> tuple[str, ...]:
    return (f"`{name}`", what, mark.data_class, mark.grade, mark.mask or "")
