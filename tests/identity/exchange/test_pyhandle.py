"""PyHandle's own writer of batch files is understood, line by line."""

from __future__ import annotations

from pathlib import Path

from pyhandle.client.batchhandleclient import BatchHandleClient

from tallystick.identity.exchange import Operation, source_of
from tallystick.identity.exchange.operations import merged

admin = "011111110011"


def test_a_batch_file_of_pyhandle(tmp_path: Path) -> None:
    path = tmp_path / "batch"
    client = BatchHandleClient(batch_file_path=str(path))
    client.create_batch_file()
    client.authenticate_seckey("300:99.1/USER", "a word of one's own")
    client.register_handle_batch("99.1/A", "https://example.com/a", "300", "0.NA/99.1", admin)
    client.add_handle_value("99.1/A", index=2, type="EMAIL", data="a@example.com")
    client.modify_handle_value("99.1/A", index=1, type="URL", data="https://example.com/b")
    client.delete_handle_value("99.1/A", [1, 2])
    client.delete_handle("99.1/A")
    items = list(merged(source_of(str(path), "batch")()))
    assert "of one's own" not in str(items)
    assert all(isinstance(item, Operation) for item in items)
    told = [item for item in items if isinstance(item, Operation)]
    assert [(one.verb, one.indexes) for one in told] == [
        ("create", ()), ("modify", ()), ("remove", (1,)), ("remove", (2,)), ("delete", ()),
    ]  # fmt: skip
    assert {one.handle for one in told} == {"99.1/A"}
    assert [(value.type, value.data) for value in told[0].values] == [
        ("URL", "https://example.com/a"),
        ("EMAIL", "a@example.com"),
        ("HS_ADMIN", f'{{"handle":"0.NA/99.1","index":300,"permissions":"{admin}"}}'),
    ]
    assert told[1].values[0].data == "https://example.com/b"


def test_with_a_private_key_it_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "batch"
    client = BatchHandleClient(batch_file_path=str(path))
    client.create_batch_file()
    client.authenticate_pubkey("300:99.1/USER", "/home/user/admpriv.bin", passphrase="hunter2")
    client.delete_handle("99.1/A")
    (item,) = source_of(str(path), "batch")()
    assert isinstance(item, Operation)
    assert (item.verb, item.handle, item.line) == ("delete", "99.1/A", 3)
