"""`python -m tests.lint`: the house's own lints over all shipped code. Exit code 1: something found."""

from __future__ import annotations

import sys

from tests.lint import lints
from tests.lint.source import inspect, shipped


def main() -> int:
    findings = [finding for source in shipped() for finding in inspect(source, lints.lints)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
