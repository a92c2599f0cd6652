"""`tallystick demo`: plays the story, prints its figures, and serves the pages."""

from __future__ import annotations

import shutil

from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.demo.stage import origin
from tallystick.app.demo.story import Told, perform
from tallystick.app.settings import Settings
from tallystick.finance import capitals, format_amount
from tallystick.ledger import LogExists, NoLog


def run(settings: Settings, console: Console, *, serve_pages: bool, again: bool) -> None:
    """Exit by exception if anything in the story is not as it must be."""
    chosen = settings.demo()
    if again and not chosen.database_url:
        shutil.rmtree(chosen.folder, ignore_errors=True)
    if not _has_log(chosen):
        console.rule("Tallystick")
        told = perform(chosen, lambda zh, en: console.print(f"  {zh}  [dim]{en}[/dim]"))
        console.print(_figures(told))
    elif not serve_pages:
        raise LogExists(f"{chosen.folder} holds a log; `--again` plays a demo from the start")
    if serve_pages:
        from tallystick.app.serving import run as serve

        console.print(f"http://{chosen.host}:{chosen.port}/  (Ctrl-C ends it)")
        serve(Node.at(chosen), chosen.host, chosen.port, worker=True)


def _has_log(settings: Settings) -> bool:
    try:
        return bool(Node.at(settings).genesis()["origin"] == origin)
    except NoLog:
        return False


def _figures(told: Told) -> Table:
    table = Table(Column(), Column(overflow="fold"), title="结果 · Figures", show_header=False)
    done = told.money
    amount = format_amount
    rows = (
        ("标签 / 读回 · labels / read back", f"{told.goods.labels} / {told.goods.decoded}"),
        ("离线采集 · captures while offline", str(told.goods.offline_captures)),
        ("凭证 · certificate", done.certificate),
        ("金额 · face", f"CNY {amount(told.goods_face, 'CNY')}"),
        ("大写 · in capitals", capitals(told.goods_face)),
        ("转让 / 企业 · transfers / companies", f"{done.transfers} / 25"),
        ("转让总额 · transferred", f"CNY {amount(done.moved, 'CNY')}"),
        ("融资 · financed", f"CNY {amount(done.financed, 'CNY')}"),
        ("贴现息 · discounts", f"CNY {amount(done.discounts, 'CNY')}"),
        ("投保 · insured", f"CNY {amount(done.insured, 'CNY')}"),
        *((f"拒绝 · refused: {what}", code) for what, code in told.refused.items()),
        ("数字链接 · Digital Link", told.link),
        ("共同签名 · cosigned", f"{told.cosigned} / 2, final"),
        ("第二部历史 · a second history", f"fork, proven: {told.second_history}"),
        ("法定人数证书 · quorum certificate", told.certified),
        ("证明文件 · proof", f"{told.proven.statements} statements: {told.proven.file}"),
        ("出示的证书 · certificate shown", ", ".join(told.qualified.fields.values())),
        ("查看记录 · looks in the daily entry", str(told.looks)),
        ("回调 · webhooks received", f"{told.webhooks}, verified"),
        ("改动一个字节 · one byte changed", told.finding),
        ("记录 / 区块 · entries / blocks", f"{told.audited.size} / {told.audited.blocks}"),
        ("根 · root", told.audited.root.hex()),
        ("审计 · audit", "sound"),
        ("用时 · time", f"{told.took_ms / 1000:.1f} s"),
    )
    for name, value in rows:
        table.add_row(name, value)
    return table
