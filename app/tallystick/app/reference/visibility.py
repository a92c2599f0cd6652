"""The page that says who sees what of a certificate, from the table that the readers use."""

from __future__ import annotations

import tallystick.finance as finance
from tallystick.app.reference.markdown import page, table

_intro = (
    "What each party of a certificate sees of it, on pages, over HTTP and in bundles. Whoever has several parts sees "
    "what any of them shows; who has none learns not even that it exists. Each cell is tried on a certificate of four "
    "hops.\n\n"
    "*own*: what the reader is a side of. *at record time*: once units have stopped moving, so that payment can reach "
    "them. *of its units*: for the units that a bank holds, is offered, or is secured by. A full mirror is read by "
    "auditors and regulators. Bodies of entries go to their sides: issuer and paying bank are no sides of transfers, quotes, pledges and locks."
)


def visibility_page() -> str:
    head = ["", *finance.views.visibility_parts]
    rows = [
        [
            f"**{section}**: {what}",
            *[finance.views.visibility[section][part] for part in finance.views.visibility_parts],
        ]
        for section, what in finance.views.visibility_sections.items()
    ]
    return page("Who sees what of a certificate", _intro, table(head, rows))
