"""The page of schemes of codes."""

from __future__ import annotations

from tallystick.app.reference.markdown import page, table
from tallystick.identity import codes


def schemes() -> str:
    """English and Chinese, a row for each scheme."""
    heads = ("scheme", "what it names", "of", "canonical spelling", "checked", "example")
    english = table(heads, (_row(one, "en") for one in codes.schemes.values()))
    named = ("体系", "标识对象", "标准", "规范写法", "检查内容", "示例")
    chinese = table(named, (_row(one, "zh") for one in codes.schemes.values()))
    said = (
        "Codes by which a record may be known elsewhere (`identity.name.claim/1`). Entries hold the canonical spelling alone; "
        "commands and `GET /api/names/{scheme}/{code}` take a code as people write it, and refuse by code point what only "
        "looks like it. A check digit catches a slip of the pen. Nobody's register is asked whether a code was given to whom claims it: "
        "whoever knows better contests it "
        "([Name one thing many ways](../how-to/name-one-thing-many-ways.md))."
    )
    return page("Schemes of codes", said, english, "## 编码体系", chinese)


def _row(one: codes.Scheme, language: str) -> tuple[str, ...]:
    return (
        f"`{one.name}`",
        one.title[language],
        one.source,
        one.form[language],
        one.check[language],
        f"`{one.example}`",
    )
