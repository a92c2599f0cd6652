"""`python -m bench.audit_memory URL PROCESSES RULED`: audits once, and prints its peak of memory in MiB."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from tallystick.app.bootstrap import admit, rule_set
from tallystick.identity import Directory
from tallystick.ledger import Checker, Store, audit
from tallystick.ledger.auditing import Crew


def main(arguments: Sequence[str]) -> None:
    url, processes, ruled = arguments
    crew = Crew(int(processes), admit, rule_set)
    try:
        audit(Store(url), rule_set(), Directory(), Checker(0, admit), crew=crew, ruled=ruled == "1")
    finally:
        crew.close()
    print(_peak_mib())


def _peak_mib() -> int:
    """Of this process alone: on Linux, `ru_maxrss` begins with what its parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) // 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


if __name__ == "__main__":
    main(sys.argv[1:])
