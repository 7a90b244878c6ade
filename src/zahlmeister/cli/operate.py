"""`zahlmeister verify-merchant` and `operator`: what only whoever runs the installation may say."""

import click

from zahlmeister.cli.house import now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refused


@click.command("verify-merchant")
@click.argument("slug")
@click.option("--verified", "word", flag_value="verified", help="It is proven who they are.")
@click.option("--failed", "word", flag_value="failed", help="It cannot be proven.")
@click.option("--submitted", "word", flag_value="submitted", help="Documents have come and wait to be looked at.")
@click.option("--why", required=True, help="What it rests on; the history keeps it.")
def verify_merchant(slug: str, word: str | None, why: str) -> None:
    """Say how far the verification of the merchant SLUG is. Until it is verified, no refund and no payout leaves."""
    open_house()
    from zahlmeister.flows.verify_merchant import verify_merchant as run
    from zahlmeister.merchants.states import Verification

    if word is None:
        raise click.UsageError("Say one of --verified, --failed or --submitted.")
    merchant = the_merchant(slug)
    try:
        run(merchant, Verification(word), why=why, by=whoever(), at=now())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"“{merchant.name}”: {word}.")


@click.command("operator")
@click.argument("slug")
def operator(slug: str) -> None:
    """Say that the merchant SLUG runs this installation for the others. There is one at most."""
    open_house()
    from zahlmeister.flows.verify_merchant import name_operator

    merchant = the_merchant(slug)
    try:
        name_operator(merchant, by=whoever(), at=now())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"“{merchant.name}” runs this installation.")
