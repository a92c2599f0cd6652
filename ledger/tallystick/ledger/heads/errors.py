"""What can be wrong with a proof from the map of heads."""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError


class HeadProofRefused(TallystickError):
    code = "head-proof-refused"
    status = 422
    title = "The proof does not lead from this name to the map that the block states"
    advice = "Ask for the proof again; if it fails again, keep it: somebody claims what the log does not say."


class HeadNameRefused(TallystickError):
    code = "head-name-refused"
    status = 422
    title = "The map of heads has no names of this kind, or none in this form"
    advice = (
        "Write kind and name exactly as the log does (docs/reference/formats.md, Heads): handles of organisations, and "
        "all of kind `handle`, in upper case; `SELLER#NUMBER#LINE` for an invoice line."
    )


class HeadsUnknown(TallystickError):
    code = "heads-unknown"
    status = 404
    title = "The map of heads is not kept for this block"
    advice = "Ask at the newest block, or at the newest final one."
