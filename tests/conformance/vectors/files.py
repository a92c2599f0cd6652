"""One file of vectors for each format, as all three programs read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.conformance.vectors import bodies, certificates, entries, policies, refusals, trees
from tests.conformance.vectors.made import Cases

folder = Path(__file__).parent / "cases"
makers: dict[str, Callable[[], Cases]] = {
    "canonical": entries.canonical_json,
    "public-keys": entries.public_keys,
    "signatures": entries.signatures,
    "envelopes": entries.envelopes,
    "disclosure": entries.disclosure,
    "inclusion": trees.inclusion,
    "consistency": trees.consistency,
    "verifier-keys": trees.verifier_keys,
    "notes": trees.notes,
    "checkpoints": trees.checkpoints,
    "proof-files": trees.proof_files,
    "heads": trees.heads_of_names,
    "policies": policies.policies,
    "cosignatures": policies.cosignatures,
    "quorum-texts": certificates.quorum_texts,
    "quorum-certificates": certificates.quorum_certificates,
}


def text(name: str) -> str:
    """What the file of this name must hold."""
    return json.dumps(makers[name]().document(), indent=1) + "\n"


def write() -> None:
    folder.mkdir(exist_ok=True)
    for page in (bodies, refusals):
        page.path.write_text(page.text(), encoding="utf-8")
    bodies.classes_path.write_text(bodies.classes_text(), encoding="utf-8")
    for name in makers:
        (folder / f"{name}.json").write_text(text(name), encoding="utf-8")
