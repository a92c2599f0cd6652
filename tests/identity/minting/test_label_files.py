"""The label file of a batch: each code once, in a form that can be written."""

from __future__ import annotations

import pytest
from tests.identity.minting.minted import Mint, prefix, record

from tallystick.identity.minting import labels
from tallystick.identity.minting.issuing import NewBatch


@pytest.mark.parametrize(
    ("name", "link", "line"),
    [("a.csv", "https://id.example/01/09506000134352/21/{serial}",
      '{handle},"https://id.example/01/09506000134352/21/{serial}"'),
     ("a.csv", "", "{handle}"),
     ("a.ndjson", "https://x.example/t/{handle}",
      '{{"handle":"{handle}","link":"https://x.example/t/{handle}"}}')],
)  # fmt: skip
def test_labels_name_each_code_once(mint: Mint, name: str, link: str, line: str) -> None:
    new = NewBatch(prefix, 4, mint.home / name, record, link)
    found = mint.issuer().issue(new)
    lines = found.labels.read_text().splitlines()[1 if name.endswith("csv") else 0 :]
    assert len(set(lines)) == 4
    for one in lines:
        handle = f"{prefix}/{one.partition(prefix)[2][1:21]}"
        assert mint.find(handle) is not None
        assert one == line.format(handle=handle, serial=handle.rpartition("/")[2])


@pytest.mark.parametrize(
    ("name", "link"),
    [("a.txt", ""), ("a.csv", "https://x.example/"), ("a.csv", 'https://x.example/"{serial}'),
     ("a.csv", "https://x.example/%2f{serial}"), ("a.ndjson", "x\n{serial}"),
     ("a.csv", "{serial}" + "x" * 600)],
)  # fmt: skip
def test_labels_that_cannot_be_written_issue_nothing(mint: Mint, name: str, link: str) -> None:
    with pytest.raises(labels.LabelsRefused):
        mint.issuer().issue(NewBatch(prefix, 4, mint.home / name, record, link))
    assert not list(mint.home.rglob("*.key"))
