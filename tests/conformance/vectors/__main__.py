"""`python -m tests.conformance.vectors` writes the vector files."""

from __future__ import annotations

from tests.conformance.vectors.files import write

if __name__ == "__main__":
    write()
