"""What a backup says about itself, in both languages."""

from __future__ import annotations

from tallystick.ledger.backup.layout import Manifest

_text = """# Backup of the log {origin}

Made {made}: {size} entries, root {root}.

Everything that the log holds, bodies and attachments too: keep it as secret as the log itself. **The log's keys
are not in it**, nor what its signer remembers (`signer/last.json`): a copy of that would be older than what was
signed, and could make the log sign twice. Of batches of identifiers the leaves are here (`minted/`), their secrets are not.

1. **Copied whole?** `sha256sum -c SHA256SUMS` (macOS: `shasum -a 256 -c SHA256SUMS`).
2. **Sound?** `tallystick restore . --check-only` replays every entry, and says whether anything newer is known.
3. **Lay it down** in an empty database, SQLite or PostgreSQL: `tallystick restore .`

Keep no backup longer than you may keep what is in it: what is erased later stays in older backups.

# 账本 {origin} 的备份

制作于 {made}：{size} 条记录，根 {root}。

内含账本的全部内容，包括正文与附件：请与账本本身同样保密。**其中没有账本的密钥**，也没有签名器的记忆
（`signer/last.json`）：它的副本会旧于已签署的内容，可能使账本签出两种历史。批量标识只含叶子（`minted/`），不含其密钥。

1. **是否完整？** `sha256sum -c SHA256SUMS`（macOS：`shasum -a 256 -c SHA256SUMS`）。
2. **是否可靠？** `tallystick restore . --check-only` 重放每条记录，并说明是否已知有更新的内容。
3. **恢复** 到空数据库（SQLite 或 PostgreSQL）：`tallystick restore .`

备份的保存期不应长于其内容的保存期：此后删除的附件仍留在更早的备份中。
"""


def readme(manifest: Manifest) -> str:
    return _text.format(
        origin=manifest.origin, made=manifest.made, size=f"{manifest.size:,}", root=manifest.root
    )
