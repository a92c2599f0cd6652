"""Runs PyHandle's own integration suite, from the folder given: prints how often it ran, and what failed."""

from __future__ import annotations

import json
import sys
import unittest

modules = ("write", "read", "search")


def main() -> None:
    sys.path.insert(0, sys.argv[1])
    names = [f"pyhandle.tests.testcases.handleclient_{one}_integration_test" for one in modules]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(suite)
    wrong = {
        case.id().rpartition(".")[2]: told for case, told in (*result.failures, *result.errors)
    }
    print(json.dumps({"ran": result.testsRun, "wrong": wrong}))


if __name__ == "__main__":
    main()
