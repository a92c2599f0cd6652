"""In Chinese, one word for each thing and no other (product, "Words").

Looked through: what people read, that is templates, catalogues of translations and Markdown. Python is not:
an import must know the words of other people's files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lint.source import root

read_by_people = frozenset({".html", ".jinja", ".j2", ".po", ".md", ".svg"})
not_ours = frozenset({"node_modules", "dist", "build"})

#: Our word, and those that also mean it and are refused.
refused_words: dict[str, tuple[str, ...]] = {
    "应收账款电子凭证": (
        "电子债权凭证",
        "电子债权凭单",
        "数字债权凭证",
        "应收账款凭证",
        "应收帐款",
    ),
    "核心企业": ("核心厂商", "链主"),
    "开具方": ("开立方", "开证方", "签发方", "开单方", "出具方", "发行方"),
    "原始持单人": ("原始持有人", "初始持有人", "首手持单人", "原始债权人"),
    "经办": ("制单", "录入员", "经手人"),
    "复核": ("覆核", "复审", "审核人", "审批人"),
    "确权": ("债权确认", "账款确认", "应付确认"),
    "签收": ("接收确认", "确认接收", "签受", "接单"),
    "拆分": ("分拆", "切分", "拆单"),
    "转让": ("流转", "转付", "让与", "背书"),
    "融资": ("融通", "融款"),
    "兑付": ("兑现", "偿付"),
    "追索": ("追偿", "求偿"),
    "对账单": ("对帐", "结算单", "月结单"),
    "批次": ("批号", "批别"),
    "交接": ("移交", "转交", "交割"),
    "超温": ("温度异常", "温度超限", "越温"),
    "召回": ("招回",),
    "标识": ("识别码", "标示"),
    "解析": ("寻址", "解译"),
}
#: The one mention of an older name that is allowed.
older_name = re.compile(
    r"应收账款电子凭证\s*[（(](?:旧称|旧文作)?\s*电子债权凭证(?:\s*in older sources)?\s*[)）]"
)


def wrong_words(text: str) -> list[tuple[int, str, str]]:
    """(line, refused word, our word) in the order of the text."""
    text = older_name.sub("应收账款电子凭证", text)
    return [
        (number, word, ours)
        for number, line in enumerate(text.splitlines(), start=1)
        for ours, words in refused_words.items()
        for word in words
        if word in line
    ]


def texts() -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root).parts
        hidden = any(step.startswith(".") or step in not_ours for step in inside)
        if not hidden and path.suffix in read_by_people and path.is_file():
            yield path


def test_what_people_read_uses_the_one_word() -> None:
    paths = list(texts())
    assert paths
    found = [
        f"{path.relative_to(root)}:{line}: {word} is called {ours} here"
        for path in paths
        for line, word, ours in wrong_words(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("请在三日内接收确认", "接收确认"),
        ("<th>批号</th>", "批号"),
        ("\n凭证流转记录", "流转"),
        ("电子债权凭证", "电子债权凭证"),
        ("应收账款电子凭证 是 电子债权凭证", "电子债权凭证"),
    ],
)
def test_another_word_is_refused(text: str, word: str) -> None:
    assert [found[1] for found in wrong_words(text)] == [word]


@pytest.mark.parametrize(
    "text",
    [
        "应收账款电子凭证由核心企业开具,原始持单人签收后可以拆分、转让、融资,到期兑付。",
        "应收账款电子凭证（电子债权凭证 in older sources）",
        "应收账款电子凭证（旧称电子债权凭证）",
        "统一社会信用代码, 纳税人识别号, 验收单, 结算账户",
    ],
)
def test_our_words_are_accepted(text: str) -> None:
    assert wrong_words(text) == []


def test_no_refused_word_is_part_of_one_of_ours() -> None:
    ours = "".join(f"{word}\n" for word in refused_words)
    assert [word for words in refused_words.values() for word in words if word in ours] == []
