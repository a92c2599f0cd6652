"""What kinds of document promise of their indexes, for every kind of the product."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tallystick.app.bootstrap import rule_set

texts = st.text(max_size=12)
documents = st.dictionaries(texts, texts | st.integers(0, 99), max_size=3)


@given(texts, texts, documents)
def test_keys_by_name_do_not_look_at_the_document(
    name: str, part: str, document: dict[str, str | int]
) -> None:
    """A change of such a document is indexed without reading what it replaces."""
    kinds = [kind for kind in rule_set().kinds.values() if kind.by_name]
    assert {"item-event", "content"} <= {kind.name for kind in kinds}
    for kind in kinds:
        for keys in kind.indexes.values():
            assert list(keys(name, part, document)) == list(keys(name, part, {}))
