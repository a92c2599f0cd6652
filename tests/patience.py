"""How long tests wait for what must come. Only a test that fails waits so long."""

from __future__ import annotations

#: On a quiet machine things come within seconds; on a busy one they may take many times as long.
patience_s = 180.0
