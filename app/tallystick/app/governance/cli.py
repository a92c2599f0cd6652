"""`tallystick governance`: policies, rule sets and operators of a log, changed by a quorum of people."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes, read_text
from tallystick.app.governance import acts, files, succession, words
from tallystick.app.keys.suites import more_suites
from tallystick.app.settings import Settings
from tallystick.ledger import PrivateKey, SigningKey, bls, governance, suites, witness
from tallystick.ledger.governance import GovernanceSignature

cli = typer.Typer(
    help="Change a log's policy, rule set or operator, by a quorum.", no_args_is_help=True
)
proposing = typer.Typer(help="Write a proposal for others to sign.", no_args_is_help=True)
cli.add_typer(proposing, name="propose")
console = Console()
_crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
reference_chars = 13

Out = Annotated[Path, typer.Option(help="The file to write.")]
From = Annotated[
    int | None, typer.Option(min=1, help="Hold from this index on; by default from the next one.")
]
Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Signed copies of a proposal.")
]


@cli.command()
def key(
    origin: Annotated[str, typer.Option(help="The log that it is to govern.")],
    witness_name: Annotated[
        str, typer.Option("--witness", help="The witness's name in the policy.")
    ],
    out: Annotated[Path, typer.Option(help="The private key; its public half goes to OUT.json.")],
    reference: Annotated[
        str, typer.Option(help="Its key reference, `index:handle`; by default a fresh one.")
    ] = "",
    root_prefix: Annotated[str, typer.Option(help="Prefix of a fresh reference's handle.")] = "99",
    suite: Annotated[str, typer.Option(help=f"{suites[0]} or {suites[1]}.")] = suites[0],
) -> None:
    """Make a governance key on the machine where it stays. Give OUT.json to whoever makes the policy."""
    if suite not in suites:
        raise typer.BadParameter(f"suite is {suites[0]} or {suites[1]}")
    suffix = "".join(secrets.choice(_crockford) for _ in range(reference_chars))
    private = PrivateKey.generate(suite)
    named = governance.name_key(
        private, origin, witness_name, reference or f"300:{root_prefix}/G-{suffix}"
    )
    private.save(out)
    public = out.with_name(f"{out.name}.json")
    files.write(public, files.KeyFile(origin=origin, key=named))
    _say(f"{named.key} governs {origin} for {witness_name}: the private key is {out}, keep it "
         f"away from the witness and from the log; its public half is {public}.")  # fmt: skip


@cli.command()
def show() -> None:
    """What is in force: policy, governance keys, rule set, operator, and what was enacted."""
    with Node.existing(Settings()).reader.open() as snapshot:
        view, size = snapshot.view, snapshot.size()
        regime = governance.regime_at(view, size)
        current = governance.operator_keys(view)
        coming = governance.rules_coming(view, size)
        number = governance.acts_so_far(view)
        latest = governance.regime_at(view)
    _say(f"{current.log.name}: {number} acts since genesis")
    _say(f"log key {current.log.encode()}, from entry {current.since} on")
    _say(f"policy in force since {regime.since}: quorum {witness.printable(regime.policy.quorum)}")
    for one in regime.governors:
        _say(
            f"  {one.witness} governs by {one.key} ({one.public.suite} {one.public.fingerprint()})"
        )
    if not regime.governors:
        _say(f"  {governance.NotGoverned.title}.")
    if latest.since > regime.since:
        _say(f"another policy holds from {latest.since} on")
    _say(f"rule set {coming[0][1]}")
    for since, name in coming[1:]:
        _say(f"rule set {name} holds from {since} on")


@cli.command("policy")
def policy_file() -> None:
    """Print the policy by which the newest checkpoint is judged, with the log's key: a file to pin."""
    with Node.existing(Settings()).reader.open() as snapshot:
        newest = snapshot.checkpoint()
        size = newest[0] if newest else snapshot.size()
        sys.stdout.write(governance.policy_text(snapshot.view, size))


@proposing.command("policy")
def propose_policy(
    policy: Annotated[Path, typer.Argument(help="The new policy (C2SP tlog-policy).")],
    out: Out,
    keys: Annotated[
        list[Path] | None,
        typer.Option("--key", help="Public half of a witness's governance key; repeat for each."),
    ] = None,
    quorum: Annotated[
        Path | None,
        typer.Option(help="Who signs quorum certificates from then on; without it, nobody."),
    ] = None,
    suite: Annotated[
        list[str] | None,
        typer.Option(metavar="SUITE", help="Also admit keys of this suite from then on: sm2-sm3."),
    ] = None,
    from_index: From = None,
) -> None:
    """Another policy, with a governance key for each of its witnesses."""
    node = Node.existing(Settings())
    text = read_text(policy)
    signers = bls.Registered.from_file(read_text(quorum)) if quorum else None
    _write(
        out, acts.propose_policy(node, text, keys or [], from_index, signers, more_suites(suite))
    )


@proposing.command("rules")
def propose_rules(
    name: Annotated[str, typer.Argument(help="The rule set, such as tallystick/rules/2.")],
    out: Out,
    from_index: From = None,
) -> None:
    """Another rule set, which every replica must know by then."""
    _write(out, acts.propose_rules(Node.existing(Settings()), name, from_index))


@proposing.command("epoch")
def propose_epoch(
    out: Out,
    stopped: Annotated[
        list[Path] | None,
        typer.Option(help="A witness's statement from `witness stop-log`; repeat for each."),
    ] = None,
) -> None:
    """Another operator: this machine, which has a complete store. Makes the log's new keys here."""
    _write(out, acts.propose_epoch(Node.existing(Settings()), stopped or []))


@cli.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The proposal.")],
    key_file: Annotated[Path, typer.Option("--key", help="Your governance key.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to write the signed copy; by default FILE itself.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; you have read it.")] = False,
) -> None:
    """Say in words what a proposal does, and sign it. Needs no log and no network."""
    proposal = files.read_proposal(file)
    for line in words.told(proposal):
        _say(line)
    private = PrivateKey.from_pem(read_bytes(key_file))
    mine = [one for one in proposal.governors if one.jwk == private.public.jwk()]
    if len(mine) != 1:
        raise governance.GovernanceSignatureRefused(f"{key_file} is none of the keys it is for")
    _say(f"signing  as {mine[0].witness}, {mine[0].key}")
    if not yes:
        typer.confirm("Sign this?", abort=True)
    signature = GovernanceSignature(key=mine[0].key, sig=private.sign(proposal.message()).hex())
    others = tuple(one for one in proposal.signatures if one.key != signature.key)
    signed = proposal.model_copy(update={"signatures": (*others, signature)})
    files.write(out or file, signed)
    _say(f"Signed: {out or file}")


@cli.command()
def enact(
    signed: Files,
    node_url: Annotated[
        str, typer.Option("--node", help="Send it to this running node; else into this store.")
    ] = "",
    author: Annotated[
        str, typer.Option(help="Key reference of whoever brings it; by default the root authority.")
    ] = "",
    author_key: Annotated[Path | None, typer.Option(help="The private key of --author.")] = None,
) -> None:
    """Put a signed policy or rule set into the log. An epoch is enacted by `take-over`."""
    node = Node.existing(Settings())
    proposal = files.merged([files.read_proposal(path) for path in signed])
    if proposal.type == governance.epoch_type:
        raise governance.EpochElsewhere("`enact` is for policies and rule sets")
    acts.check(node, proposal)
    by = None
    if author:
        by = _author(node, author, author_key)
    entry = acts.written(node, proposal, by)
    index = acts.enact_there(node_url, entry) if node_url else acts.enact_here(node, entry)
    _say(f"{proposal.type} is entry {index} of {proposal.origin}.")


def _author(node: Node, reference: str, path: Path | None) -> SigningKey:
    if path is None:
        return node.keys.get(reference)
    return SigningKey(reference, PrivateKey.from_pem(read_bytes(path)))


@cli.command("take-over")
def take_over(
    signed: Files,
    proof: Annotated[Path, typer.Option(help="The proof of the epoch, for witnesses.")],
) -> None:
    """Become the log's operator by a signed epoch. The store is replayed first; nothing is automatic."""
    node = Node.existing(Settings())
    proposal = files.merged([files.read_proposal(path) for path in signed])
    for line in words.told(proposal):
        _say(line)
    succession.take_over(node, proposal)
    _say("This machine is the log's operator now. Its verifier key:")
    _say(node.operator_keys().log.encode())
    size = succession.write_proof(node, proof, [])
    _say(f"Proof of the epoch under the checkpoint of {size} entries: {proof}. Each witness takes "
         "the key by `tallystick witness add-log KEY --epoch FILE`.")  # fmt: skip


@cli.command("epoch-proof")
def epoch_proof(
    out: Out,
    sizes: Annotated[
        list[int] | None,
        typer.Option("--from", min=1, help="A size that a witness cosigned last; may be repeated."),
    ] = None,
) -> None:
    """Write the proof of the newest epoch again, under the newest checkpoint."""
    size = succession.write_proof(Node.existing(Settings()), out, sizes or [])
    _say(f"Proof under the checkpoint of {size} entries: {out}")


def _write(out: Path, proposal: files.Proposal) -> None:
    for line in words.told(proposal):
        _say(line)
    files.write(out, proposal)
    names = ", ".join(one.witness for one in proposal.governors)
    _say(f"{out}: to be signed by a quorum of {names} with `tallystick governance sign`.")


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
