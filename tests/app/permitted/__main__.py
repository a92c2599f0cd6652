"""`python -m tests.app.permitted` tries everybody again, and writes what the rules admit for the reference."""

from __future__ import annotations

import json

from tests.app.permitted.trying import printed_file, tried

if __name__ == "__main__":
    found = tried()
    printed_file.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(found)} entry types; now python -m tallystick.app.reference")
