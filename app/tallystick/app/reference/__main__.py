"""`python -m tallystick.app.reference`."""

from __future__ import annotations

import sys

from tallystick.app.reference import main

sys.exit(main(sys.argv[1:]))
