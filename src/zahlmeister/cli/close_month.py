"""`zahlmeister close-month`: seal a month that is over, and look whether the sealed ones are as they were."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from zahlmeister.cli.house import now, open_house, the_merchant
from zahlmeister.refusals import Refused

if TYPE_CHECKING:
    from zahlmeister.accounting.models import Closing
    from zahlmeister.merchants.models import Merchant


@click.command("close-month")
@click.option("--month", type=click.DateTime(["%Y-%m"]), help="The month; the oldest open one if not said.")
@click.option("--as", "email", help="The owner who closes it, by e-mail address.")
@click.option("--verify", is_flag=True, help="Close nothing: compare what was closed with what is there.")
@click.option("--merchant", "slug", help="Which merchant; not needed when there is only one.")
def close_month(month: datetime | None, email: str | None, slug: str | None, *, verify: bool) -> None:
    """Close a month, so that nothing is booked into it any more. With --verify: exit status 1 when one was changed."""
    open_house()
    from zahlmeister.flows.close_month import broken_closings

    merchant = the_merchant(slug)
    if verify:
        found = broken_closings(merchant)
        click.echo("\n".join(found) or "Everything that was closed is as it was.")
        sys.exit(1 if found else 0)
    try:
        closing = _close(merchant, month, (email or "").lower())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{closing} is closed: {closing.postings} postings, {closing.digest}.")


def _close(merchant: "Merchant", month: datetime | None, email: str) -> "Closing":
    from zahlmeister.flows.close_month import close_month as run
    from zahlmeister.flows.close_month import next_to_close
    from zahlmeister.merchants.models import Person

    person = Person.objects.filter(email=email).first()
    if person is None:
        raise Refused("Say with --as which owner closes the month.")
    first = month.date() if month else next_to_close(merchant, now().date())
    if first is None:
        raise Refused("Every month that is over is closed.")
    return run(merchant, first, by=person, at=now())
