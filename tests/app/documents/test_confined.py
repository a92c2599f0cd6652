"""Files that make their reader grow or go on without end: the reader ends, the node does not."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable

import pytest
from tests.app.documents import samples

from tallystick.app.documents import confined as confining
from tallystick.app.documents.confined import Overrun, confined
from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.forms.pdf import read_pdf
from tallystick.app.documents.forms.xml import read_xml
from tallystick.app.documents.sealing import seal_of
from tallystick.ledger import InvariantError

now = "2026-03-05T08:00:00.000Z"
good = samples.with_attachment("factur-x.xml", b"<a/>")


def _boundless() -> bytes:
    """Its cross-reference stream (ISO 32000-1 §7.5.8) says that it lists 10^20 objects."""
    found, count = re.subn(rb"/Index \[[^]]*\]", b"/Index [ 0 100000000000000000000 ]", good)
    assert count == 1
    return found


def _seal(data: bytes) -> object:
    return seal_of(data, now)


@pytest.mark.parametrize("read", [read_pdf, _seal])
def test_a_file_of_two_thousand_bytes_takes_no_memory_without_end(
    read: Callable[[bytes], object],
) -> None:
    """It took all 24 GB of the machine, and the system ended the node."""
    with pytest.raises(DocumentUnreadable, match=r"more than 256 MiB|longer than"):
        read(_boundless())
    assert read_pdf(good) == b"<a/>", "the next is read by another process"


def test_work_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    assert confined(len, b"12") == 2
    monkeypatch.setattr(confining, "seconds_max", 0.2)
    with pytest.raises(Overrun, match="longer than"):
        confined(time.sleep, 600)
    monkeypatch.undo()
    assert confined(len, b"123") == 3


def test_a_process_that_somebody_ended_is_replaced() -> None:
    os.kill(confined(os.getpid), signal.SIGKILL)
    with pytest.raises(Overrun):
        confined(len, b"")
    assert confined(len, b"1") == 1


def test_a_defect_is_no_refusal() -> None:
    """Else nobody would ever hear of it: a reader's crash would read as a bad file."""
    with pytest.raises(InvariantError, match="ValueError"):
        confined(int, "x")
    with pytest.raises(DocumentUnreadable):
        confined(read_xml, b"<a")
