"""`zahlmeister verify-merchant`, `operator` and `mandate`: what only whoever runs the installation may say."""

from datetime import datetime

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
@click.option("--creditor-id", default="", help="What he collects under by direct debit, such as DE98ZZZ09999999999.")
def operator(slug: str, creditor_id: str) -> None:
    """Say that the merchant SLUG runs this installation for the others. There is one at most."""
    open_house()
    from zahlmeister.flows.verify_merchant import name_operator

    merchant = the_merchant(slug)
    try:
        name_operator(merchant, by=whoever(), at=now(), creditor_id=creditor_id)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"“{merchant.name}” runs this installation.")


@click.command("mandate")
@click.argument("slug")
@click.option("--holder", required=True, help="Who owns the account.")
@click.option("--iban", required=True, help="The account that may be collected from.")
@click.option("--signed-on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day it was signed.")
@click.option("--reference", default="", help="As it stands on the mandate; without it there is a new one.")
@click.option("--notice-days", default=14, show_default=True, help="Told so many days before each collection.")
def mandate(slug: str, holder: str, iban: str, signed_on: datetime, reference: str, notice_days: int) -> None:
    """Keep the direct debit mandate that the merchant SLUG has signed for the operator on paper."""
    open_house()
    from zahlmeister.flows.give_mandate import Given, keep_given_mandate

    given = Given(holder, iban, signed_on.date(), reference, notice_days)
    merchant = the_merchant(slug)
    try:
        kept = keep_given_mandate(merchant, given, by=whoever(), at=now())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"Mandate {kept.reference} of “{merchant.name}” is kept.")
