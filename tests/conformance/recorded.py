"""Bundles of what a record said as of an index, honest and false; cases as in `bundles`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.conformance.bundles import Case, Files
from tests.conformance.forge import Forge
from tests.ledger.world import core, key, log, root

from tallystick.ledger import disclosure
from tallystick.ledger.bundle import Request, layout, pack

handle = "99.100.1/SN-a"
name = ("handle", "99.100.1/SN-A")
prices = {"permissions": "1100", "readers": ["99.100/O-BANK000000000"]}


def value(index: int, data: str, **more: Any) -> dict[str, Any]:
    told = {"index": index, "type": "NAME", "data": data, "ttl": 86_400, "permissions": "1110"}
    return {**told, **more}


class Recorded(Forge):
    """A record that is made among others, written, written with a private value, deleted, and renewed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        new = key(f"300:{core}")
        body = {
            "key": new.keyid, "jwk": new.private.public.jwk(), "custody": "self", "types": ["*"],
        }  # fmt: skip
        self.key = self.write(
            root, "identity.key.add/1", body, [key(f"300:{root}"), new], [("key", new.keyid)]
        )
        other = {"handle": "99.100.1/SN-B", "values": [value(1, "another")]}
        mine = {"handle": handle, "values": [value(1, "泵 {1}"), value(2, "older")]}
        self.made = self.say("create", {"handles": [other, mine]}, fields=True)
        self.second = self.say("write", self.written([value(10, "ten"), value(2, "newer")], [1]))
        self.block()
        hidden = self.written([value(3, "41 CNY", **prices), value(4, "open")], [10])
        self.third = self.say("write", hidden, fields=True)
        self.last = self.say("write", self.written([value(5, "last")]))
        self.gone = self.say("delete", {"handle": handle, "reason": "retired"})
        self.back = self.say("renew", self.written([value(6, "again")]))
        self.block()

    def written(self, values: Sequence[Any], remove: Sequence[int] = ()) -> dict[str, Any]:
        told: dict[str, Any] = {"handle": handle, "values": list(values)}
        return {**told, "remove": list(remove)} if remove else told

    def say(self, verb: str, body: Any, *, kind: str = "", **more: Any) -> int:
        return self.write(core, kind or f"identity.handle.{verb}/1", body, (), [name], **more)

    def of(self, index: int, **more: Any) -> Files:
        asked = [Request.of("record", handle=handle, index=index)]
        keys = [("key", f"30{n}:{log}") for n in (0, 1)]
        keys += [("key", f"300:{root}"), ("key", f"300:{core}")]
        indexes = [self.key, *self.touched[name]]
        return self.bundle(asked, indexes, [*keys, name], **more)

    def shown(self, index: int, *pointers: str) -> Files:
        """As of the fourth version, with these fields of an entry."""
        return self.of(self.last, show={index: pointers})

    def without_body(self, files: Files, index: int) -> Files:
        gone = (layout.body_file(index), layout.salt_file(index))
        return {name: data for name, data in files.items() if name not in gone}


def cases() -> Iterator[Case]:
    story = Recorded()
    for said, index in (
        ("made", story.made), ("second", story.second), ("between", story.second + 1),
        ("fourth", story.last), ("deleted", story.gone), ("renewed", story.back),
        ("now", len(story.leaves) - 1), ("before", story.made - 1),
    ):  # fmt: skip
        yield Case(f"record-{said}", f"as of entry {index}", pack(story.of(index)))
    nobody = [Request.of("record", handle="99.100.1/none", index=3)]
    absent = story.bundle(nobody, [story.key], [("handle", "99.100.1/NONE")])
    yield Case("record-nobodys", "a record that nobody ever wrote", pack(absent))
    yield from _hidden(story)
    yield from _refused(story)
    yield from _operators()


def _hidden(story: Recorded) -> Iterator[Case]:
    bare = story.without_body(story.of(story.last), story.third)
    yield Case("record-leaf-alone", "an entry of which nothing is shown", pack(bare))
    later = story.without_body(story.of(story.back), story.third)
    yield Case("record-hidden-before", "hidden before the record was renewed", pack(later))
    start = "/values/1"
    some = story.shown(story.third, "/handle", f"{start}/index", f"{start}/type", f"{start}/data")
    yield Case("record-fields", "fields of an entry", pack(some))
    gone = story.shown(story.third, "/handle", "/remove/0", f"{start}/index", f"{start}/data")
    yield Case("record-field-removed", "a removal is shown, and half of a value", pack(gone))
    nameless = story.shown(story.third, f"{start}/index", f"{start}/type", f"{start}/data")
    yield Case("record-fields-nameless", "fields that do not say of which record", pack(nameless))
    start = "/handles/1/values/0"
    first = story.shown(
        story.made, "/handles/0/handle", "/handles/1/handle", f"{start}/index", f"{start}/type",
        f"{start}/data", "/handles/0/values/0/index", "/handles/0/values/0/type",
        "/handles/0/values/0/data",
    )  # fmt: skip
    yield Case("record-fields-of-many", "fields of an entry about two records", pack(first))


def _refused(story: Recorded) -> Iterator[Case]:
    good = story.of(story.last)
    headless = {file: data for file, data in good.items() if file not in story.head(*name)}
    yield Case("record-without-head", "no head", pack(headless), "bundle-head-missing")
    third = {
        layout.entry_file(story.third), layout.proof_file(story.third),
        layout.body_file(story.third), layout.salt_file(story.third),
    }  # fmt: skip
    less = {file: data for file, data in good.items() if file not in third}
    yield Case("record-left-out", "a version left out", pack(less), "bundle-incomplete")
    kept = [index for index in story.touched[name] if index != story.third]
    yield Case(
        "record-left-out-of-head", "and out of the list as well",
        pack({**less, **story.head(*name, kept)}), "bundle-head-differs",
    )  # fmt: skip
    beyond = story.of(len(story.leaves))
    yield Case("record-beyond", "behind the checkpoint", pack(beyond), "bundle-entry-missing")


def _operators() -> Iterator[Case]:
    """What an operator can write into its own log with its own keys."""
    unknown = Recorded()
    index = unknown.say("", {"handle": handle}, kind="identity.other/1")
    unknown.block()
    yield Case(
        "record-unknown-type", "written by an entry of an unknown type", pack(unknown.of(index))
    )
    for said, body in (
        ("of-another", {"handle": "99.100.1/SN-B", "values": []}),
        ("malformed", {"handle": handle, "values": "none"}),
    ):
        false = Recorded()
        index = false.say("write", body)
        false.block()
        yield Case(
            f"record-{said}", "listed, and says nothing of it", pack(false.of(index)),
            "bundle-statement-refused",
        )  # fmt: skip
    strange = Recorded()
    body = {
        "handle": handle, "values": {"0": {"index": True, "type": "T", "data": "d"}},
        "remove": {"0": "2", "x": 2},
    }  # fmt: skip
    index = strange.say("write", body, fields=True)
    strange.block()
    pointers = [pointer for pointer, _ in disclosure.fields(body)]
    yield Case(
        "record-strange-fields", "fields that no record has",
        pack(strange.of(index, show={index: pointers})),
    )  # fmt: skip
