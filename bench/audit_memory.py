"""`python -m bench.audit_memory URL PROCESSES RULED`: audits once, and prints its peak of memory in MiB."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence

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
    # Linux counts in KiB, macOS in bytes.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit)


if __name__ == "__main__":
    main(sys.argv[1:])
