"""The tables, the same on SQLite and PostgreSQL.

Log tables hold the truth, cosignatures and anchors of its checkpoints among it, and `inventory` counts what no
replay can; `document`, `lookup`, `stream`,
`entry_party`, `head`, `head_touch`, `head_page` and `finality` are projections that `tallystick audit`
rebuilds and compares; `operational` tables are not audited. `attachment` holds salt and bytes sealed,
`attachment_key` the key of each under a master key that is elsewhere (`vault`). Text keys sort by code point.

On PostgreSQL `entry` and `body` are partitioned by index. A unique key of a partitioned table must contain the
index, so that `entry_name` keeps (entry_id, author) unique there; SQLite has it on `entry` itself.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()
key_text = Text().with_variant(Text(collation="C"), "postgresql")
big = BigInteger()

entry = Table(
    "entry",
    metadata,
    Column("idx", big, primary_key=True, autoincrement=False),
    Column("author", key_text, nullable=False),
    Column("entry_id", key_text, nullable=False),
    Column("type", key_text, nullable=False),
    Column("seq", big),
    Column("outcome", key_text, nullable=False),
    Column("code", key_text),
    Column("time", key_text, nullable=False),
    Column("payload_hash", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    UniqueConstraint("entry_id", "author"),
)

#: PostgreSQL only, and so not among the tables of `metadata`.
entry_name = Table(
    "entry_name",
    MetaData(),
    Column("entry_id", key_text, primary_key=True),
    Column("author", key_text, primary_key=True),
    Column("idx", big, nullable=False),
)

body = Table(
    "body",
    metadata,
    Column("idx", big, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

attachment = Table(
    "attachment",
    metadata,
    Column("idx", big, primary_key=True, autoincrement=False),
    Column("hash", key_text, primary_key=True),
    Column("type", key_text, nullable=False),
    Column("grade", key_text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

attachment_key = Table(
    "attachment_key",
    metadata,
    Column("idx", big, primary_key=True, autoincrement=False),
    Column("hash", key_text, primary_key=True),
    Column("key_id", key_text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)
Index("attachment_key_by_master", attachment_key.c.key_id)

tile = Table(
    "tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("n", big, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", big, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)

cosignature = Table(
    "cosignature",
    metadata,
    Column("size", big, primary_key=True, autoincrement=False),
    Column("name", key_text, primary_key=True),
    Column("key_id", key_text, primary_key=True),
    Column("signature", LargeBinary, nullable=False),
)
Index("cosignature_by_witness", cosignature.c.name, cosignature.c.key_id, cosignature.c.size)

inventory = Table(
    "inventory",
    metadata,
    Column("name", key_text, primary_key=True),
    Column("rows", big, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

finality = Table(
    "finality",
    metadata,
    Column("size", big, primary_key=True, autoincrement=False),
)

anchor = Table(
    "anchor",
    metadata,
    Column("chain", big, primary_key=True, autoincrement=False),
    Column("contract", key_text, primary_key=True),
    Column("size", big, primary_key=True, autoincrement=False),
    Column("status", key_text, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("quorum", LargeBinary, nullable=False),
    Column("tx", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("nonce", big, nullable=False),
    Column("fee", big, nullable=False),
    Column("tip", big, nullable=False),
    Column("signed_ms", big, nullable=False),
    Column("block", big, nullable=False),
    Column("block_hash", LargeBinary, nullable=False),
    Column("block_time", key_text, nullable=False),
)
Index("anchor_confirmed", anchor.c.status, anchor.c.size)

tree_state = Table(
    "tree_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", big, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("block_size", big, nullable=False),
    Column("block_time", key_text, nullable=False),
)

sequencer = Table(
    "sequencer",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("term", big, nullable=False),
    Column("name", key_text, nullable=False),
    Column("since", key_text, nullable=False),
    Column("size", big, nullable=False),
)

stream = Table(
    "stream",
    metadata,
    Column("author", key_text, primary_key=True),
    Column("seq", big, nullable=False),
    Column("prev", key_text, nullable=False),
)

entry_party = Table(
    "entry_party",
    metadata,
    Column("party", key_text, primary_key=True),
    Column("idx", big, primary_key=True, autoincrement=False),
)

document = Table(
    "document",
    metadata,
    Column("kind", key_text, primary_key=True),
    Column("name", key_text, primary_key=True),
    Column("part", key_text, primary_key=True),
    Column("value", Text, nullable=False),
)

lookup = Table(
    "lookup",
    metadata,
    Column("index_name", key_text, primary_key=True),
    Column("key", key_text, primary_key=True),
    Column("name", key_text, primary_key=True),
    Column("part", key_text, primary_key=True),
)

head = Table(
    "head",
    metadata,
    Column("kind", key_text, primary_key=True),
    Column("name", key_text, primary_key=True),
    Column("count", big, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("last", big, nullable=False),
    sqlite_with_rowid=False,
)

head_touch = Table(
    "head_touch",
    metadata,
    Column("kind", key_text, primary_key=True),
    Column("name", key_text, primary_key=True),
    Column("idx", big, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

head_page = Table(
    "head_page",
    metadata,
    Column("prefix", key_text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

#: In the order in which it is written and dropped.
head_past = Table(
    "head_past",
    metadata,
    Column("until", big, primary_key=True, autoincrement=False),
    Column("prefix", key_text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("job", key_text, primary_key=True),
    Column("key", key_text, primary_key=True),
    Column("payload", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("problem", Text),
    Column("done", key_text),
)
Index("outbox_open", outbox.c.done)

witness_outcome = Table(
    "witness_outcome",
    metadata,
    Column("witness", key_text, primary_key=True),
    Column("size", big, nullable=False),
    Column("code", key_text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("time", key_text, nullable=False),
)

sighting = Table(
    "sighting",
    metadata,
    Column("author", key_text, primary_key=True),
    Column("entry_id", key_text, primary_key=True),
    Column("seen", key_text, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("statement", Text, nullable=False),
    Column("submission", LargeBinary),
    Column("answer", key_text),
    Column("idx", big),
)
Index("sighting_open", sighting.c.idx, sighting.c.seen)

erasure_statement = Table(
    "erasure_statement",
    metadata,
    Column("key", key_text, primary_key=True),
    Column("size", big, nullable=False),
    Column("scrubbed", big, nullable=False),
    Column("statement", Text, nullable=False),
    Column("received", key_text, nullable=False),
)

daily_count = Table(
    "daily_count",
    metadata,
    Column("subject", key_text, primary_key=True),
    Column("day", key_text, primary_key=True),
    Column("what", key_text, primary_key=True),
    Column("count", big, nullable=False),
    sqlite_with_rowid=False,
)

client = Table(
    "client",
    metadata,
    Column("id", key_text, primary_key=True),
    Column("told", Text, nullable=False),
    sqlite_with_rowid=False,
)

spent = Table(
    "spent",
    metadata,
    Column("kind", key_text, primary_key=True),
    Column("name", key_text, primary_key=True),
    Column("until", big, nullable=False),
    sqlite_with_rowid=False,
)
Index("spent_until", spent.c.until)

member_session = Table(
    "member_session",
    metadata,
    Column("digest", key_text, primary_key=True),
    Column("person", key_text, nullable=False),
    Column("key", key_text, nullable=False),
    Column("began", big, nullable=False),
    Column("ends", big, nullable=False),
    sqlite_with_rowid=False,
)
Index("member_session_person", member_session.c.person)
Index("member_session_ends", member_session.c.ends)

passkey_count = Table(
    "passkey_count",
    metadata,
    Column("reference", key_text, primary_key=True),
    Column("signed", big, nullable=False),
    sqlite_with_rowid=False,
)

hand_over = Table(
    "hand_over",
    metadata,
    Column("id", key_text, primary_key=True),
    Column("token", key_text, nullable=False, unique=True),
    Column("person", key_text, nullable=False),
    Column("ends", big, nullable=False),
    Column("document", Text, nullable=False),
    Column("signature", Text),
    sqlite_with_rowid=False,
)
Index("hand_over_person", hand_over.c.person)
Index("hand_over_ends", hand_over.c.ends)

login_session = Table(
    "login_session",
    metadata,
    Column("digest", key_text, primary_key=True),
    Column("subject", key_text),
    Column("ends_ms", big, nullable=False),
    sqlite_with_rowid=False,
)
Index("login_session_ends", login_session.c.ends_ms)
device_invitation = Table(
    "device_invitation",
    metadata,
    Column("id", key_text, primary_key=True),
    Column("token", key_text, nullable=False, unique=True),
    Column("organisation", key_text, nullable=False),
    Column("state", key_text, nullable=False),
    Column("expires", key_text, nullable=False),
    Column("device", key_text),
    Column("document", Text, nullable=False),
    Column("kind", key_text, nullable=False),
)
notice_seen = Table(
    "notice_seen",
    metadata,
    Column("person", key_text, primary_key=True),
    Column("idx", big, nullable=False),
    Column("mailed", big, nullable=False),
)
Index(
    "device_invitation_open",
    device_invitation.c.organisation,
    device_invitation.c.state,
    device_invitation.c.expires,
)

application = Table(
    "application",
    metadata,
    Column("id", key_text, primary_key=True),
    Column("token", key_text, nullable=False),
    Column("node", key_text, nullable=False),
    Column("state", key_text, nullable=False),
    Column("expires", key_text, nullable=False),
    Column("source", key_text, nullable=False),
    Column("made", key_text, nullable=False),
    Column("version", big, nullable=False),
    Column("document", Text, nullable=False),
)
Index("application_open", application.c.node, application.c.state, application.c.id)
Index("application_ends", application.c.expires)

application_part = Table(
    "application_part",
    metadata,
    Column("application", key_text, primary_key=True),
    Column("part", key_text, primary_key=True),
    Column("digest", key_text, nullable=False),
    Column("type", key_text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("key_id", key_text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)

stream_fork = Table(
    "stream_fork",
    metadata,
    Column("device", key_text, primary_key=True),
    Column("payload_hash", key_text, primary_key=True),
    Column("seq", big, nullable=False),
    Column("seen", key_text, nullable=False),
    Column("first", LargeBinary, nullable=False),
    Column("second", LargeBinary, nullable=False),
    Column("idx", big),
)

read_row = Table(
    "read_row",
    metadata,
    Column("day", key_text, primary_key=True),
    Column("row_id", key_text, primary_key=True),
    Column("at", big, nullable=False),
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
Index("read_row_id", read_row.c.row_id)

read_party = Table(
    "read_party",
    metadata,
    Column("party", key_text, primary_key=True),
    Column("at", big, primary_key=True, autoincrement=False),
    Column("row_id", key_text, primary_key=True),
    Column("day", key_text, nullable=False),
    Column("reader", key_text, nullable=False),
    sqlite_with_rowid=False,
)
Index("read_party_day", read_party.c.day)
Index("read_party_reader", read_party.c.reader, read_party.c.at, read_party.c.row_id)

waiting_document = Table(
    "waiting_document",
    metadata,
    Column("organisation", key_text, primary_key=True),
    Column("id", key_text, primary_key=True),
    Column("author", key_text, nullable=False),
    Column("received", key_text, nullable=False),
    Column("told", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

#: `next`: from which index on entries were not looked at yet; `told`: JSON of whoever keeps the row.
webhook = Table(
    "webhook",
    metadata,
    Column("id", key_text, primary_key=True),
    Column("organisation", key_text, nullable=False),
    Column("state", key_text, nullable=False),
    Column("next", big, nullable=False),
    Column("failing_ms", big),
    Column("told", Text, nullable=False),
    Index("webhook_organisation", "organisation", "id"),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("webhook", key_text, primary_key=True),
    Column("id", key_text, primary_key=True),
    Column("idx", big, nullable=False),
    Column("state", key_text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_ms", big, nullable=False),
    Column("tried_ms", big),
    Column("status", Integer),
    Column("problem", Text),
    Index("webhook_delivery_due", "state", "due_ms"),
)

#: What `tallystick audit` rebuilds by replay and compares row by row.
projections = (stream, entry_party, document, lookup, head, head_touch, head_page)

#: What no audit looks at, since nothing that the log promises rests on it: proofs of heads at earlier sizes (whoever gets
#: one verifies it), side effects still to be done, what a witness did last, whose term it is, what mirrors answered to
#: erasures (each signed by its mirror), how often handles were asked for, which programs may ask for organisations, what
#: counts once and is spent, who is logged in, how often passkeys signed, who asks to be enrolled, how far somebody saw its
#: notices, second entries for one place in a stream, organisations that apply, documents that lack something, webhooks, in
#: a mirror entries that it saw, and who was let see what (`tallystick audit` holds its rows against a daily entry).
operational = (
    head_past, outbox, witness_outcome, sequencer, sighting, erasure_statement, daily_count, client,
    spent, member_session, passkey_count, login_session, device_invitation, stream_fork, application,
    application_part, hand_over, read_row, read_party,
    notice_seen, waiting_document, webhook, webhook_delivery,
)  # fmt: skip
