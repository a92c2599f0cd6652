"""Vectors of policies and of checkpoints against them (C2SP tlog-policy, tlog-cosignature; formats §3)."""

from __future__ import annotations

from typing import Any

from tests.conformance.vectors.made import Cases, Fixed, Tree, b64, origin, second_s
from tests.conformance.vectors.trees import log, log_key, witness_keys

from tallystick.ledger import Checkpoint, Note, Verifier, witness
from tallystick.ledger.note import NoteSignature

cosigners = {
    name: witness.Cosigner(f"{name}.example", key.public) for name, key in witness_keys.items()
}
rows = "".join(f"witness {name} {cosigner.encode()}\n" for name, cosigner in cosigners.items())
two_of_three = rows + "group g 2 w1 w2 w3\nquorum g\n"
nested = (
    rows + "group banks 2 w1 w2 w3\ngroup rest any w4 w5\ngroup all all banks rest\nquorum all\n"
)


def policies() -> Cases:
    cases = Cases(
        "given: policy (base64); gives its quorum, and overlap: '' or the code if two quorums share no "
        "witness. Or it is refused."
    )

    def accept(name: str, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        policy = witness.Policy.parse(data)
        overlap = "" if policy.apart() is None else "witness-quorums-apart"
        cases.accept(name, {"policy": b64(data)}, quorum=policy.quorum, overlap=overlap)

    accept("none", "quorum none\n")
    accept("one witness", rows + "quorum w1\n")
    accept("two of three", two_of_three)
    accept("any", rows + "group g any w1 w2\nquorum g\n")
    accept("all", rows + "group g all w1 w2\nquorum g\n")
    accept("two of four", rows + "group g 2 w1 w2 w3 w4\nquorum g\n")
    accept("nested", nested)
    accept(
        "nested, apart", rows + "group a 2 w1 w2 w3\ngroup b 1 w4 w5\ngroup g any a b\nquorum g\n"
    )
    accept(
        "comments, blanks, tabs, no last newline",
        f"# a\n\n \t#b\n\tlog  {log.encode()} https://log.example\t\nquorum none",
    )
    accept(
        "a witness with an address",
        f"witness w1 {cosigners['w1'].encode()} https://w1.example/\nquorum w1\n",
    )
    accept("names in Chinese", f"witness 见证人 {cosigners['w1'].encode()}\nquorum 见证人\n")
    accept(
        "names that are no UTF-8",
        b"witness \xff\xfe "
        + cosigners["w1"].encode().encode()
        + b"\ngroup g any \xff\xfe\nquorum g\n",
    )
    accept("64 witnesses", "".join(_many(64)) + "quorum none\n")
    accept("32 deep", rows + "".join(_deep(32)) + "quorum g31\n")
    _refused(cases)
    key = b64(b"\x04" + witness_keys["w1"].public.raw).encode()
    data = b"witness w1 \xff+00000000+" + key + b"\nquorum none\n"
    cases.refuse("a key of a name that is no UTF-8", {"policy": b64(data)}, "witness-policy-key")
    return cases


def _refused(cases: Cases) -> None:
    w1 = f"witness w1 {cosigners['w1'].encode()}\n"
    same = witness.Cosigner("other.example", witness_keys["w1"].public)
    for code, wrong in {
        "witness-policy-refused": {
            "nothing": "", "no quorum": rows, "two quorums": rows + "quorum w1\nquorum w1\n", "an unknown word": "watch x\nquorum none\n",
            "quorum of two words": rows + "quorum w1 w2\n", "a log without key": "log\nquorum none\n", "a witness without key": "witness w1\nquorum none\n",
            "a witness of four words": w1[:-1] + " a b\nquorum none\n", "a group without members": rows + "group g any\nquorum g\n",
            "a threshold of 0": rows + "group g 0 w1\nquorum g\n", "a threshold too high": rows + "group g 3 w1 w2\nquorum g\n",
            "a threshold with zero": rows + "group g 01 w1\nquorum g\n", "a threshold in words": rows + "group g most w1\nquorum g\n",
            "a return": "quorum none\r\n", "DEL": "quorum none\x7f\n",
        },
        "witness-policy-name": {
            "quorum unknown": rows + "quorum w9\n", "a member unknown": rows + "group g any w9\nquorum g\n", "a name twice": w1 + w1 + "quorum w1\n",
            "none as a name": w1.replace(" w1 ", " none ") + "quorum none\n", "in two groups": rows + "group a any w1\ngroup b any w1\nquorum a\n",
            "a member twice": rows + "group a 2 w1 w1\nquorum a\n", "a group in itself": rows + "group g any g\nquorum g\n", "used above its line": "quorum w1\n" + w1,
        },
        "witness-policy-key": {
            "a key of a log": f"witness w1 {log.encode()}\nquorum w1\n", "a log with a key of a witness": f"log {cosigners['w1'].encode()}\nquorum none\n",
            "no key": "witness w1 x\nquorum w1\n", "a key twice": w1 + f"witness w2 {same.encode()}\nquorum w1\n",
            "a log twice": f"log {log.encode()}\nlog {Verifier('x', log_key.public).encode()}\nquorum none\n",
        },
        "witness-policy-too-large": {
            "65 witnesses": "".join(_many(65)) + "quorum none\n", "33 deep": rows + "".join(_deep(33)) + "quorum g32\n",
            "65 groups": "".join(_many(64)) + "".join(f"group g{n} any w{n}\n" for n in range(64)) + "group last any g0\nquorum none\n",
            "too many bytes": "#" * 65_536 + "\nquorum none\n",
        },
    }.items():  # fmt: skip
        for name, text in wrong.items():
            cases.refuse(name, {"policy": b64(text.encode())}, code)


def _many(count: int) -> list[str]:
    keys = [witness.Cosigner(f"w{n}.example", Fixed.of(f"many {n}").public) for n in range(count)]
    return [f"witness w{number} {key.encode()}\n" for number, key in enumerate(keys)]


def _deep(count: int) -> list[str]:
    return [f"group g{n} any {'w1' if n == 0 else f'g{n - 1}'}\n" for n in range(count)]


def cosignatures() -> Cases:
    cases = Cases(
        "given: note (base64), policy (text), vkey of the log; gives size, met (whether the quorum is), and "
        "times (seconds, by name). Or it is refused."
    )
    text = Checkpoint(origin, 11, Tree(11).root()).text()
    signed = Checkpoint(origin, 11, Tree(11).root()).sign(log_key)

    def by(*names: str) -> Note:
        lines = [
            witness.cosign(text, f"{n}.example", witness_keys[n], second_s + int(n[1]))
            for n in names
        ]
        return signed.adding(lines)

    def given(note: Note, policy: str) -> dict[str, Any]:
        return {"note": b64(note.encode().encode()), "policy": policy, "vkey": log.encode()}

    def accept(name: str, note: Note, policy: str) -> None:
        told = witness.open_cosigned(note, witness.Policy.parse(policy), log)
        times = {name: str(time) for name, time in told.times.items()}
        cases.accept(name, given(note, policy), size="11", met=told.verdict.met, times=times)

    accept("two of three", by("w1", "w3"), two_of_three)
    accept("one of three", by("w1"), two_of_three)
    accept("two, one of them outside the group", by("w1", "w4"), two_of_three)
    accept("under none", signed, "quorum none\n")
    accept("nested, met", by("w1", "w2", "w5"), nested)
    accept("nested, one group short", by("w1", "w2", "w3"), nested)
    accept("nobody", signed, nested)
    older = witness.cosign(text, "w1.example", witness_keys["w1"], 5)
    twice = Note(text, (*by("w1").signatures, older))
    accept("one witness twice, the newest time counts", twice, two_of_three)
    at_0 = Note(
        text, (*signed.signatures, witness.cosign(text, "w1.example", witness_keys["w1"], 0))
    )
    accept("at time 0", at_0, two_of_three)
    accept("a policy that names the log", by("w1"), f"log {log.encode()}\n" + two_of_three)
    line = by("w1").signatures[-1]
    for name, raw in {
        "another time": b"\0" * 8 + line.signature[8:], "a changed signature": line.signature[:-1] + b"\0", "a short one": line.signature[:-1],
        "a long one": line.signature + b"\0", "a time of 2^63": b"\x80" + line.signature[1:],
    }.items():  # fmt: skip
        false = Note(text, (*signed.signatures, NoteSignature(line.name, line.key_id, raw)))
        cases.refuse(name, given(false, two_of_three), "note-signature-fails")
    unsigned = Note(text, (line,))
    cases.refuse("the log has not signed", given(unsigned, two_of_three), "checkpoint-refused")
    other = Verifier(origin, witness_keys["w5"].public)
    wrong = f"log {other.encode()}\n" + two_of_three
    cases.refuse("a policy of another log key", given(by("w1"), wrong), "checkpoint-refused")
    return cases
