"""Bundles of keys that were replaced, by their holder or by officers, honest and false; cases as in `bundles`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.conformance.bundles import Case, Files
from tests.conformance.forge import Forge
from tests.ledger.world import core, key, log, root

from tallystick.ledger import SM2
from tallystick.ledger.bundle import Request, layout, pack

first, second, third = (f"{number}:{core}" for number in (300, 301, 302))
narrow = ["identity.handle.create/1", "identity.key.bind/1"]


def told_of(reference: str, **more: Any) -> dict[str, Any]:
    jwk = key(reference).private.public.jwk()
    return {"key": reference, "jwk": jwk, "custody": "self", "types": narrow, **more}


class Replaced(Forge):
    """A key is registered, rotated, and what took its place is lost and recovered by officers."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.added = self.about(root, "key.add", told_of(first, custody="hardware"), root, first)
        self.block()
        body = told_of(second, old=first, suspect_from=self.added + 1)
        self.rotated = self.about(core, "key.rotate", body, first, second)
        self.early = self.block()
        self.lost = told_of(third, kind="recover", lost=second, reason="stolen")
        bound = {"key": second, "anchor": "ab" * 32, "chain": ["AAAA"], "signature": "AAAA"}
        self.bound = self.about(core, "key.bind", bound, second)
        asked = {"organisation": core, "what": self.lost}
        self.proposed = self.write(root, "identity.propose/1", asked)
        told = {"proposal": self.payload(self.proposed), "decision": "approve"}
        self.waited = self.write(root, "identity.decide/1", told)
        self.recovered = self.about(root, "decide", {**told, "recovered": self.lost}, root)
        self.end = self.block()

    def about(self, by: str, kind: str, body: dict[str, Any], *signers: str) -> int:
        names = (body.get("recovered") or body, body)
        touched = {names[0][one] for one in ("key", "old", "lost") if one in names[0]}
        keys = [key(one if ":" in one else f"300:{one}") for one in signers]
        touches = [("key", one) for one in sorted(touched)]
        return self.write(by, f"identity.{kind}/1", body, keys, touches)

    def of(self, *asked: Request, without: int | None = None, heads: bool = True) -> Files:
        """All entries about keys, and the keys that signed."""
        names = [("key", f"30{n}:{log}") for n in (0, 1)] + [("key", f"300:{root}")]
        more = [("key", one) for one in (first, second, third)] if heads else []
        indexes = [self.added, self.rotated, self.bound, self.recovered, self.early]
        indexes += [request.number("index") for request in asked if request.about == "entry"]
        files = self.bundle(list(asked), indexes, [*names, *more])
        if without is not None:
            files = {
                name: data
                for name, data in files.items()
                if name not in (layout.body_file(without), layout.salt_file(without))
            }
        return files


def at(reference: str, index: int) -> Request:
    return Request.of("key-at", key=reference, index=index)


def cases() -> Iterator[Case]:
    story = Replaced()
    for name, what, asked in (
        ("key-at-before", "before it was registered", at(first, story.added - 1)),
        ("key-at-first", "at the entry that registers it", at(first, story.added)),
        ("key-at-last", "at the entry that replaces it", at(first, story.rotated)),
        ("key-at-behind", "one entry later", at(first, story.rotated + 1)),
        ("key-at-end", "at the last entry", at(third, story.end)),
        ("key-at-bound", "bound to a certificate", at(second, story.bound)),
        ("key-at-recovered", "recovered by officers", at(second, story.end)),
        ("key-replaced", "from registration to replacement", Request.of("key", key=second)),
    ):
        yield Case(name, what, pack(story.of(asked)))
    yield Case(
        "key-at-too-late", "behind the checkpoint", pack(story.of(at(first, story.end + 1))),
        "bundle-entry-missing",
    )  # fmt: skip
    yield Case(
        "key-at-without-head", "without all that happened to it",
        pack(story.of(at(first, story.added), heads=False)), "bundle-head-missing",
    )  # fmt: skip
    yield Case(
        "key-at-without-end", "the rotation without its body",
        pack(story.of(at(first, story.rotated + 1), without=story.rotated)), "bundle-key-unknown",
    )  # fmt: skip
    waiting = story.of(at(third, story.waited))
    yield Case("key-at-waiting", "an approval that completes nothing", pack(waiting))
    yield from _abused()


def _abused() -> Iterator[Case]:
    """What a node would never take in."""
    story = Replaced()
    late = story.write(core, "identity.handle.create/1", {"handles": []}, [key(first)])
    story.block()
    yield Case(
        "key-replaced-signs", "signed by a key that was replaced",
        pack(_with(story, Request.of("entry", index=late))), "bundle-signer-revoked",
    )  # fmt: skip
    story = Replaced()
    twice = story.about(core, "key.rotate", told_of(second, old=third), third, second)
    story.block()
    yield Case(
        "key-replaced-back", "a key comes back by rotation",
        pack(_with(story, Request.of("entry", index=twice))), "bundle-key-refused",
    )  # fmt: skip
    rotating = Replaced()
    more = told_of("303:" + core, old=third)
    said = rotating.about(core, "key.rotate", more, third, "303:" + core)
    rotating.block()
    yield Case(
        "key-rotates-itself", "a key of few types signs its own replacement",
        pack(_with(rotating, Request.of("entry", index=said), "303:" + core)),
    )  # fmt: skip


def _with(story: Replaced, asked: Request, *more: str) -> Files:
    names = [("key", f"30{n}:{log}") for n in (0, 1)] + [("key", f"300:{root}")]
    heads = [("key", one) for one in (first, second, third, *more)]
    indexes = sorted({index for name in heads for index in story.touched.get(name, ())})
    return story.bundle([asked], [*indexes, asked.number("index")], [*names, *heads])


def lacking() -> Case:
    """An entry signed by keys of two suites, for a verifier that has one of them. Its bytes differ in every run."""
    story = Replaced()
    fourth = f"304:{core}"
    private = key(fourth, SM2)
    told = {**told_of(fourth), "jwk": private.private.public.jwk()}
    added = story.write(
        root, "identity.key.add/1", told, [key(f"300:{root}"), private], [("key", fourth)]
    )
    said = story.write(core, "identity.handle.create/1", {"handles": []}, [key(third), private])
    story.block()
    files = _with(story, Request.of("entry", index=said), fourth)
    what = f"entries {added} and {said} are signed with SM2"
    return Case("key-suite-lacking", what, pack(files), "bundle-suite-lacking")
