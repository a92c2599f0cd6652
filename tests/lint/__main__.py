"""`python -m tests.lint`: the house's own lints over all shipped code. Exit code 1: something found."""

from __future__ import annotations

import sys

from tests.lint import lints
from tests.lint.source import inspect, shipped


def main() -> int:
    looked, findings = 0, 0
    for source in shipped():
        looked += 1
        for finding in inspect(source, lints.lints):
            findings += 1
            print(finding)
    if not looked:
        print("no shipped code was found")
    return 1 if findings or not looked else 0


if __name__ == "__main__":
    sys.exit(main())
