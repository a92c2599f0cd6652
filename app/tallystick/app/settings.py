"""All settings, in one class: environment variables with the prefix TALLYSTICK_."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic.config import JsonDict
from pydantic_settings import BaseSettings, SettingsConfigDict


def setting(default: object, what: str, *, trusts: str, wrong: str, **limits: Any) -> Any:
    """A setting with its texts: `trusts` is what we rely on, `wrong` what happens if it is not as we think."""
    told: JsonDict = {"trusts": trusts, "wrong": wrong}
    return Field(default=default, description=what, json_schema_extra=told, **limits)


class Settings(BaseSettings):
    """Where a node keeps its things and how it is reached."""

    model_config = SettingsConfigDict(env_prefix="TALLYSTICK_", frozen=True)

    home: Path = setting(
        Path("~/.tallystick"),
        "Folder of keys, queues, files and, by default, the database.",
        trusts="Whoever reads this folder can sign as the log and as everybody whose key the node holds. The "
        "signer's memory in it must never be older than what was signed.",
        wrong="Another folder is another node: commands find no log, or the log of somebody else. A folder from "
        "an old backup stops the log (`data-lost`, `signer-memory-unusable`) instead of forking it. On a disk that "
        "lies about flushing, a power cut can lose what was acknowledged.",
    )
    database_url: str = setting(
        "",
        "`sqlite:///…` or `postgresql://…`; by default SQLite in the home folder.",
        trusts="The server keeps what it says it committed (`fsync`, `full_page_writes`, `synchronous_commit` "
        "on). It may stop or be slow; it cannot forge an entry, only lose or hide some, and the audit names them.",
        wrong="An empty database: `no-log`. One behind the signer's memory: `data-lost`, and the node does not "
        "start. A pooler in transaction mode between node and server breaks the lock of the one writer; the "
        "compare-and-swap on the tree then refuses the second writer's batches.",
    )
    master_key_file: Path | None = setting(
        None,
        "File of the master keys of attachments; by default `master/keys.json` in home. A secret that is mounted may "
        "be read-only; then it is rotated where it is kept.",
        trusts="Whoever reads this file and the database reads every attachment. Without it nobody does.",
        wrong="Another file, or a lost one: attachments are refused (`master-key-missing`) or cannot be opened; the log "
        "itself stays whole, and the audit counts what it could not see.",
    )
    country: str = setting(
        "CN",
        "Country in which this node keeps its data (ISO 3166-1): what goes to another one crosses a border.",
        pattern="^[A-Z]{2}$",
        trusts="That the machine and its backups stand there.",
        wrong="Personal, restricted and core data may be sent across a border without the permission that names it.",
    )
    reads_author: str = setting(
        "",
        "Handle whose key, held by this node, says the root of each day's read log; by default the root authority's.",
        trusts="Nothing: what it says is in the log, and rows are held against it.",
        wrong="One whose key the node does not hold: `reads-not-told` in the log of the process, and no day is told.",
    )
    base_url: str = setting(
        "http://127.0.0.1:8000",
        "Where consumers reach this node; printed into labels.",
        trusts="Whoever holds this name in DNS answers those who scan a label, for as long as labels live.",
        wrong="Printed labels lead nowhere, or to somebody else, and cannot be called back. Proofs, entries and "
        "signatures do not depend on it.",
    )
    host: str = setting(
        "127.0.0.1",
        "Address that `tallystick serve` listens on.",
        trusts="Whoever reaches this address may send entries and read what is public; everything else needs a "
        "signature or a token. TLS can be the web server's in front, and so can limits beyond those of "
        "`TALLYSTICK_STRANGER_REQUESTS_PER_S`.",
        wrong="`0.0.0.0` without TLS in front lets others on the way read tokens. An address that this machine "
        "does not have: the node ends at once and says so.",
    )
    port: int = setting(
        8000,
        "Port that `serve` listens on.",
        ge=0,
        le=65535,
        trusts="Nothing beyond the address.",
        wrong="One that is taken: the node ends at once and says so. Devices that know another one keep their "
        "entries in their queues.",
    )
    native_host: str = setting(
        "127.0.0.1",
        "Address of the Handle System's native protocol, and the one that its site information names.",
        trusts="Whoever reaches it reads public values, and private ones by a key that is registered for them. "
        "Nothing is encrypted on the way.",
        wrong="One that others do not reach: they ask over HTTP, or get no answer.",
    )
    native_port: int = setting(
        0,
        "Port of the native protocol, UDP and TCP; 2641 is what others expect, 0 is for none.",
        ge=0,
        le=65535,
        trusts="As its address.",
        wrong="One that is taken: `native-port-taken`, and the node does not start.",
    )
    native_questions_per_s: int = setting(
        200,
        "Questions of one source (an address, or a network of IPv6) that are answered in a second; 0 for all.",
        ge=0,
        le=1_000_000,
        trusts="Nobody: the source of a datagram may be forged.",
        wrong="Too small: resolvers that ask for many people are not answered. Too large, or 0: one source can "
        "keep the node busy.",
    )
    resolver_port: int = setting(
        8030,
        "Port that `tallystick resolver serve` listens on over HTTP.",
        ge=0,
        le=65535,
        trusts="Nothing: a resolver has no keys and no log.",
        wrong="One that is taken: the resolver ends at once and says so.",
    )
    resolver_upstreams: str = setting(
        "",
        "Whom `tallystick resolver serve` asks: `PREFIX=ADDRESS`, separated by commas; the prefix `*` is for all others.",
        trusts="What they say, until it is held against a proof; each for its prefixes alone.",
        wrong="`resolver-route-refused`, and it does not start. An address of somebody else: he answers for the prefix.",
    )
    resolver_timeout_s: int = setting(
        3,
        "How long one of them may take; then the next is asked, or what is remembered is told as stale.",
        ge=1,
        le=60,
        trusts="Nothing.",
        wrong="Too short: slow servers count as silent. Too long: whoever asks waits.",
    )
    tls_certificate: Path | None = setting(
        None,
        "PEM file of the certificate with which `serve` speaks TLS; without it plain HTTP. Read again when it changes.",
        trusts="Clients trust whoever holds its key to be this node.",
        wrong="One that clients do not trust: they do not come. An expired one: the same, from that second on. Without "
        "any, the Handle API logs nobody in but over loopback or a trusted proxy.",
    )
    tls_key: Path | None = setting(
        None,
        "PEM file of that certificate's private key.",
        trusts="Whoever reads it can be taken for this node by those who use its name.",
        wrong="One that does not belong to the certificate: `tls-unusable`, and the node does not start.",
    )
    tls_clients: bool = setting(
        False,
        "Ask clients for a certificate, with which users of the Handle API log in.",
        trusts="Only certificates that `tallystick handle user add --certificate` took in, and only while the user's "
        "record holds the same key.",
        wrong="On: browsers that have certificates may ask their users which one to show, and a client that shows an "
        "unknown one is refused at the handshake. Off: nobody logs in by certificate.",
    )
    sequencer_certificate: Path | None = setting(
        None,
        "PEM file of the certificate that this process shows between `tallystick sequencer` and `tallystick serve "
        "--sequencer`, where they speak over `https://`. Read at the start.",
        trusts="Whoever holds its key can, for those who trust it, be the sequencer at its names, or an API process: "
        "read the bodies of what is sent from then on, and hand in entries. It can sign none.",
        wrong="An expired one, one that the other side does not trust, or one that does not name the host of the "
        "address: `sequencer-unreachable`, and nothing is taken in. Without it over `http://`, whoever is on the way "
        "reads bodies and attachments; the log line `handover-in-clear` says so.",
    )
    sequencer_key: Path | None = setting(
        None,
        "PEM file of that certificate's private key.",
        trusts="As with the certificate: whoever reads it.",
        wrong="One that does not belong to the certificate: `sequencer-tls-unusable`, and the process does not start.",
    )
    sequencer_trusted: Path | None = setting(
        None,
        "PEM file with the certificates of the other side, or of whoever issued them. No others are believed.",
        trusts="Each certificate in it, and with an issuer everything that it ever issues, to be sequencer or API process.",
        wrong="Too few: `sequencer-unreachable`. One too many: its holder may hand in signed entries past the limits of "
        "the API processes.",
    )
    trusted_proxies: str = setting(
        "",
        "Addresses or networks, separated by commas, of proxies whose X-Forwarded-Proto and -For are believed.",
        trusts="That these proxies overwrite those headers, and end TLS before passing a request on as `https`.",
        wrong="A proxy that passes on what clients write into them lets users of the Handle API send passwords over "
        "plain HTTP. Missing: logging in behind the proxy is refused (403, code 406).",
    )
    token_lifetime_s: int = setting(
        600,
        "How long an access token of OAuth is valid.",
        ge=60,
        le=3600,
        trusts="Whoever bears a token asks for its organisation until then; taking it or its client back ends it at once.",
        wrong="Long: a token that leaks is good for long. Short: programs ask for new ones often.",
    )
    organisation_requests_per_s: int = setting(
        500,
        "Requests of one organisation's programs that each process answers in a second, with ten times as many at once; "
        "0 for all.",
        ge=0,
        le=1_000_000,
        trusts="Programs of members, which do not mean harm, and may have defects.",
        wrong="Too small: `rate-exceeded` (429), and a line waits. 0: one program can keep the node busy.",
    )
    organisation_requests_per_day: int = setting(
        10_000_000,
        "Requests of one organisation's programs in a day (UTC), counted for all processes together; 0 for all.",
        ge=0,
        le=10**12,
        trusts="The clock of this machine.",
        wrong="Too small: `quota-exhausted` (429) until midnight UTC.",
    )
    stranger_requests_per_s: int = setting(
        300,
        "Requests that do not come from an organisation's program, from one address or network of IPv6, that each "
        "process answers in a second, with ten times as many at once; 0 for all. This machine itself is not counted.",
        ge=0,
        le=1_000_000,
        trusts="Addresses, which TALLYSTICK_TRUSTED_PROXIES tell if there is a proxy in front.",
        wrong="Without trusted proxies, everybody behind the proxy is one caller, or none is counted. Too small: people "
        "behind one address of an office wait (`rate-exceeded`).",
    )
    witness_port: int = setting(
        8010,
        "Port that `tallystick witness serve` listens on.",
        ge=0,
        le=65535,
        trusts="Nothing: whoever asks must show a checkpoint signed by a log that the witness watches.",
        wrong="Logs that know another address do not get this cosignature: they say `witness-unreachable`, and "
        "finality waits if the quorum needs it.",
    )
    mirror_port: int = setting(
        8020,
        "Port that `tallystick mirror serve` listens on.",
        ge=0,
        le=65535,
        trusts="Whoever reaches it reads what is public, and may hand entries on to the operator.",
        wrong="As with the witness's port: the mirror's cosignature is missing.",
    )
    broker_url: str = setting(
        "",
        "Celery broker of the outbox worker; by default the filesystem in home.",
        trusts="Whoever writes to the broker can make the worker run its own tasks more often, nothing else: what "
        "is to be done stands in the database.",
        wrong="Nothing is published, no witness is asked, finality stands still; the log goes on. `/readyz` says "
        "`outbox-stalled` after a minute.",
    )
    smtp_url: str = setting(
        "",
        "Server for mail that there are notices: `smtp://` or `smtps://`, perhaps with user and password.",
        trusts="It learns addresses of members, and that something waits for them; never what.",
        wrong="Nobody is mailed; the page of notices says the same. The outbox says `mail-failed`.",
    )
    mail_from: str = setting(
        "",
        "Sender of that mail; by default tallystick at the host of the base URL.",
        trusts="Nothing.",
        wrong="Servers may refuse the mail: `mail-failed`.",
    )
    webhook_networks: str = setting(
        "",
        "Networks, separated by commas, in which webhooks may reach addresses that are not on the public internet, and "
        "without TLS.",
        trusts="Officers of every organisation with whatever listens there: they name address and path.",
        wrong="Too wide: an organisation can have this node post to machines inside your network (the answer's status "
        "is shown to it, its text is not). Missing: such webhooks fail (`webhook-address-refused`).",
        pattern=r"^([0-9a-fA-F.:]+(/[0-9]{1,3})?(, ?[0-9a-fA-F.:]+(/[0-9]{1,3})?)*)?$",
    )
    webhook_failing_days: int = setting(
        5,
        "Days after which a webhook to which nothing went through is stopped, and its officers are told.",
        ge=1,
        le=30,
        trusts="The clock of this machine.",
        wrong="Short: a receiver that is away over a holiday has to be resumed by hand. Long: its deliveries wait here.",
    )
    standbys_required: int = setting(
        0,
        "Standbys of PostgreSQL that must have flushed an entry before it is acknowledged, as *replicated*; "
        "with 0 receipts say *durable* only.",
        ge=0,
        le=16,
        trusts="`synchronous_standby_names` of the server, asked before and after each commit, and that each "
        "standby keeps what it confirmed.",
        wrong="More than the server waits for: `standbys-too-few`, and nothing is taken in. 0 although standbys "
        "exist: receipts promise less than could be kept.",
    )
    anchor_rpc: str = setting(
        "",
        "RPC servers of the chain for anchors, separated by commas: the first one sends, what they say must "
        "agree. An address may hold an access key: it is never shown.",
        trusts="That not all of them lie alike about transactions and blocks.",
        wrong="One that does not answer: nothing is anchored, `anchor show` says why; the log goes on.",
    )
    anchor_chain: int = setting(
        0,
        "Id of that chain.",
        ge=0,
        le=2**53,
        trusts="Nothing: it is compared with what the servers say.",
        wrong="Another chain is refused by name before anything is sent.",
    )
    anchor_contract: str = setting(
        "",
        "Address of the contract (`tallystick anchor deploy`); without it nothing is anchored.",
        trusts="Nothing: the code at the address is compared with ours, byte for byte.",
        wrong="Another contract, or none, is refused by name.",
    )
    anchor_checkpoints: int = setting(
        3600,
        "Anchor once so many checkpoints became final since the last.",
        ge=1,
        trusts="Nothing.",
        wrong="Small: every anchor costs gas. Large: entries wait long for this grade.",
    )
    anchor_interval_s: int = setting(
        3600,
        "Or once so many seconds passed, if there is a newer one.",
        ge=1,
        trusts="The clock of this machine.",
        wrong="As with the number of checkpoints.",
    )
    anchor_confirmations: int = setting(
        12,
        "Blocks, its own too, after which an anchor counts.",
        ge=1,
        le=100_000,
        trusts="That the chain does not go back so far.",
        wrong="Too small: an anchor that was told vanishes again, is noticed and sent anew.",
    )
    anchor_fee_max_gwei: int = setting(
        100,
        "Highest fee for a unit of gas that is paid.",
        ge=1,
        le=10**9,
        trusts="Nothing.",
        wrong="Too low: transactions wait until fees fall. Too high: a busy chain costs that much.",
    )
    #: Read by the ledger itself (`sm.libcrypto`), in every process that verifies.
    libcrypto: str = setting(
        "",
        "OpenSSL 3's libcrypto for the suite sm2-sm3: a path, `none` to do without; empty: the machine's.",
        trusts="The library with private keys of SM2, and with every verdict on their signatures.",
        wrong="Another library: keys of SM2 are lacking (`suite-lacking`), and whoever verifies says so.",
    )
    verify_processes: int = setting(
        -1,
        "Processes that check signatures; -1 for one less than the cores, 0 for none.",
        ge=-1,
        le=256,
        trusts="Nothing: a process that dies is replaced, and its entries are checked in the writer.",
        wrong="Too few: large batches wait for signatures (`tallystick_verification_chunks` stays up). Too many: "
        "they take the writer's core, and each needs about 100 MB.",
    )
    start_needs_quorum: bool = setting(
        False,
        "Start only when a quorum of the log's witnesses says what it cosigned last. By default a silent witness "
        "is told, and holds up nothing.",
        trusts="If it is off: that database and signer's memory were not set back together while no witness can be "
        "asked.",
        wrong="On, with witnesses that are away: the log does not start.",
    )
    request_bytes_max: int = setting(
        32 * 1024 * 1024,
        "Largest request body that is read.",
        gt=0,
        trusts="Nobody: this limits what a stranger can make the node hold in memory for each connection.",
        wrong="Too small: entries with attachments are refused (413), and a device's stream waits behind them. Too "
        "large: a few callers can use up the memory.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info",
        "From which level on lines go to the log (standard error).",
        trusts="Whoever reads the log learns ids, indices, routes and error details with host names; never keys, "
        "bodies, names of people or addresses of callers.",
        wrong="`warning` hides which entries a request brought; `debug` writes a line for each probe, batch and "
        "side effect.",
    )
    log_format: Literal["auto", "json", "text"] = setting(
        "auto",
        "`json` for machines; `auto`: `text` on a terminal, else `json`.",
        trusts="Nothing.",
        wrong="A collector that expects JSON reads `text` as one string per line.",
    )
    operations_host: str = setting(
        "127.0.0.1",
        "Address of the operations port.",
        trusts="Whoever reaches it reads metrics and details of failures (host names, paths), without a token.",
        wrong="An address that the public reaches shows them how busy you are, and where your database is.",
    )
    operations_port: int = setting(
        0,
        "Port of `/metrics` and detailed health; 0 for none. Each process needs its own.",
        ge=0,
        le=65535,
        trusts="As its address.",
        wrong="One that is taken: `operations-port-taken`, and the process does not start. 0: nobody alerts you.",
    )
    disk_free_bytes_min: int = setting(
        256 * 1024 * 1024,
        "Room below which `/readyz` says `disk-low`.",
        ge=0,
        trusts="What the file system says is free. The disk of a PostgreSQL server cannot be seen from here.",
        wrong="Too small: the log stops (`database-unwritable`) before anybody is warned; nothing acknowledged is "
        "lost. Too large: a node that could work is taken out of rotation.",
    )

    @property
    def folder(self) -> Path:
        return self.home.expanduser()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.folder / 'ledger.sqlite3'}"

    @property
    def master_keys(self) -> Path:
        named = self.master_key_file
        return named.expanduser() if named else self.folder / "master" / "keys.json"

    @property
    def operations(self) -> tuple[str, int]:
        """Address of the operations port."""
        return self.operations_host, self.operations_port

    @property
    def broker(self) -> str:
        return self.broker_url or "filesystem://"

    def environment(self) -> dict[str, str]:
        """The environment in which another process of this node sees the same settings."""
        told = {
            f"TALLYSTICK_{name.upper()}": str(value)
            for name, value in self.model_dump().items()
            if value not in ("", None)
        }
        return {**os.environ, **told}

    def demo(self) -> Settings:
        """The same, with the demo in a folder of its own unless a home is set."""
        if "home" in self.model_fields_set:
            return self
        return self.model_copy(update={"home": self.home / "demo"})
