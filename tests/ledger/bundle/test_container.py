"""The container of bundles: one way to write it, and everything else refused by its name."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.ledger import bundle
from tallystick.ledger.bundle import errors

files = {
    "bodies/0": b"{}",
    "bundle.json": b'{"a":1}',
    "checkpoint": b"a checkpoint",
    "entries/0": b"leaf",
    "entries/10": b"",
    "salts/0": bytes(32),
}
names = st.one_of(
    st.sampled_from(("bundle.json", "checkpoint", "policy")),
    st.integers(0, 10**15 - 1).map(lambda n: f"entries/{n}"),
    st.integers(0, 10**15 - 1).map(lambda n: f"proofs/{n}.tlog-proof"),
    st.binary(min_size=32, max_size=32).map(lambda h: f"heads/{h.hex()}.json"),
)


def test_another_program_reads_what_we_pack() -> None:
    packed = bundle.pack(files)
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == sorted(files)
        assert {name: opened.read(name) for name in opened.namelist()} == files


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(names, st.binary(max_size=200), min_size=1, max_size=8))
def test_what_is_packed_is_unpacked_and_packed_alike(held: dict[str, bytes]) -> None:
    packed = bundle.pack(held)
    assert bundle.unpack(packed) == held
    assert bundle.pack(bundle.unpack(packed)) == packed


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_other_bytes_are_read_as_the_same_bundle(data: st.DataObject) -> None:
    """A changed byte, a byte more or one less: refused, or another bundle in its only encoding."""
    packed = bytearray(bundle.pack(files))
    at = data.draw(st.integers(0, len(packed) - 1))
    change = data.draw(st.sampled_from(("flip", "insert", "delete")))
    if change == "flip":
        packed[at] ^= 1 << data.draw(st.integers(0, 7))
    elif change == "insert":
        packed.insert(at, data.draw(st.integers(0, 255)))
    else:
        del packed[at]
    try:
        found = bundle.unpack(bytes(packed))
    except bundle.BundleRefused:
        return
    assert bundle.pack(found) == bytes(packed)


def zipped(*held: tuple[str, bytes], **more: object) -> bytes:
    """As other programs zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in held:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 0
            made.writestr(info, data)
            info.external_attr = 0
            for attribute, value in more.items():
                setattr(info, attribute, value)
    return out.getvalue()


def test_zip_files_of_others_are_refused_by_what_is_wrong_with_them() -> None:
    good = [("bundle.json", b"{}"), ("checkpoint", b"x")]
    assert zipped(*good) == bundle.pack(dict(good))
    refused(zipped(*good[::-1]), errors.OrderRefused)
    refused(zipped(("../policy", b"")), errors.NameRefused)
    refused(zipped(("entries/01", b"")), errors.NameRefused)
    refused(zipped(("Checkpoint", b"")), errors.NameRefused)
    refused(zipped(("entries/", b"")), errors.NameRefused)
    refused(zipped(*good, comment=b"hello"), errors.NotCanonicalZip)
    refused(zipped(*good, external_attr=1), errors.NotCanonicalZip)
    refused(zipped(*good, date_time=(2026, 1, 1, 0, 0, 0)), errors.NotCanonicalZip)
    refused(zipped(("salts/0", bytes(33))), errors.FileTooLarge)
    refused(b"", errors.NotAZip)
    refused(zipped(*good)[:-1], errors.NotAZip)
    refused(b"x" + zipped(*good), errors.NotCanonicalZip)
    refused(zipped(*good) + b"PK\x05\x06" + bytes(18), errors.FileCount)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        info = zipfile.ZipInfo("checkpoint", (1980, 1, 1, 0, 0, 0))
        info.create_system, info.compress_type = 0, zipfile.ZIP_DEFLATED
        made.writestr(info, bytes(1 << 20))
    refused(out.getvalue(), errors.Compressed)
    refused(bytes(bundle.bundle_bytes_max + 1), errors.BundleTooLarge)


def test_many_files_in_few_bytes_are_refused_by_their_count() -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 20_001, 20_001, 0, 0, 0)
    refused(end, errors.FileCount)


def test_two_files_of_one_name_are_refused() -> None:
    """Some readers take the first, others the last."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zipped(("checkpoint", b"one"), ("checkpoint", b"two"))
    refused(twice, errors.DuplicateName)


def test_headers_that_contradict_each_other_are_refused() -> None:
    packed = bundle.pack(files)
    for at in (14, 18, 22, 30):  # CRC-32, both sizes and the name in the first local header
        other = bytearray(packed)
        other[at] ^= 1
        refused(bytes(other), errors.HeaderConflict)


def test_two_headers_on_the_same_bytes_are_refused() -> None:
    """The overlapping kind of bomb: many files out of one piece of data."""
    one = bundle.pack({"checkpoint": b"x" * 100})
    start = one.rindex(b"PK\x01\x02")
    central = one[start : start + 46 + 10]
    second = central[:28] + struct.pack("<H", 6) + central[30:46] + b"policy"
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(central + second), start, 0)
    refused(one[:start] + central + second + end, errors.NotCanonicalZip)


def test_damage_is_found_by_the_check_sum() -> None:
    packed = bundle.pack(files).replace(b"a checkpoint", b"b checkpoint")
    refused(packed, errors.CrcFails)
    assert zlib.crc32(b"a checkpoint") != zlib.crc32(b"b checkpoint")


def refused(data: bytes, by: type[bundle.BundleRefused]) -> None:
    with pytest.raises(bundle.BundleRefused) as raised:
        bundle.unpack(data)
    assert type(raised.value) is by, raised.value.diagnosis()
