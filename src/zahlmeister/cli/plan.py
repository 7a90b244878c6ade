"""`zahlmeister plan`: what the operator charges, from which month on, and whom."""

from datetime import date, datetime

import click

from zahlmeister.cli.house import now, open_house, the_merchant, whoever
from zahlmeister.refusals import Refused


@click.command("plan")
@click.argument("name")
@click.option("--since", required=True, help="The month from which on it holds, such as 2026-12.")
@click.option("--for", "slugs", multiple=True, help="A merchant (its short name) who has this plan; may be repeated.")
@click.option("--free", default=100, show_default=True, help="So many payments a month are free.")
@click.option("--commission", default=50, show_default=True, help="Of those above, in hundredths of a percent.")
@click.option("--cap", default=195, show_default=True, help="At most for a payment without an order, in cents.")
@click.option("--flat-own", default=0, show_default=True, help="Flat rate a month for own accounts, in cents; 0: none.")
@click.option("--pooled", multiple=True, help="Monthly fee of a pooled account: COUNTRY=CENTS; may be repeated.")
@click.option("--debit-twice", default=0, show_default=True, help="Each direct debit for refunds, if twice a week.")
@click.option("--debit-each", default=0, show_default=True, help="Each direct debit, if each refund has its own.")
@click.option("--keep-reminder-fees", is_flag=True, help="What buyers pay as reminder fees is the operator's.")
def plan(name: str, since: str, slugs: tuple[str, ...], pooled: tuple[str, ...], **figures: int) -> None:
    """Keep what the plan NAME costs from a month on, and who has it. Prices of a month never change."""
    open_house()
    from zahlmeister.flows.agree_plan import agree_plan, price_plan
    from zahlmeister.plans.rules import Prices

    month, by = _month(since), whoever()
    wanted = Prices(
        free=figures["free"],
        commission_bp=figures["commission"],
        cap_without_order_minor=figures["cap"],
        flat_own_minor=figures["flat_own"],
        pooled_monthly=dict(map(_fee, pooled)),
        debit_twice_minor=figures["debit_twice"],
        debit_each_minor=figures["debit_each"],
        keeps_reminder_fees=bool(figures["keep_reminder_fees"]),
    )
    try:
        price_plan(name, month, wanted, by=by, at=now())
        for slug in slugs:
            agree_plan(the_merchant(slug), name, month, by=by, at=now())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"“{name}” holds from {month:%Y-%m} on" + (f" for {', '.join(slugs)}." if slugs else "."))


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a calendar month has no zone
    except ValueError:
        raise click.UsageError(f"“{text}” is no month; it looks like 2026-12.") from None


def _fee(text: str) -> tuple[str, int]:
    country, _, cents = text.partition("=")
    if len(country) != 2 or not cents.isdecimal():
        raise click.UsageError(f"“{text}” is no monthly fee; it looks like DE=500.")
    return country.upper(), int(cents)
