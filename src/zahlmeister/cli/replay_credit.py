"""`zahlmeister replay-credit`: what other rules would have decided on those who wanted to buy on invoice."""

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zahlmeister.cli.house import now, open_house, the_merchant
from zahlmeister.cli.progress import progress
from zahlmeister.money.amount import Amount

if TYPE_CHECKING:
    from zahlmeister.credit.ladder import RuleSet
    from zahlmeister.flows.purchase.replay_credit import Replayed


@click.command("replay-credit")
@click.option("--merchant", help="Which merchant (its short name); not needed when there is only one.")
@click.option("--months", default=6, show_default=True, type=click.IntRange(1, 60), help="So many months back.")
@click.option("--currency", default="EUR", show_default=True, help="Whose rules: each currency has its own.")
@click.option(
    "--rules",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file of changes: rule → {state, effect, values, limit_minor, one_in}. Without it the rules in force.",
)
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
def replay_credit(merchant: str | None, months: int, currency: str, file: Path | None, shape: str) -> None:
    """Decide past applications and invoices by changed rules, and print the difference in approvals and losses.

    Nothing is written. Reservations are taken as they stood, not as other decisions would have made them.
    """
    open_house()
    from django.utils.timezone import localdate

    from zahlmeister.flows.purchase.replay_credit import replay

    whose, at = the_merchant(merchant), now()
    rules = _rules(whose.pk, currency, file)
    with progress("Applications") as bar:
        came = replay(whose, rules, first_day=localdate(at) - timedelta(days=months * 61 // 2), at=at, watch=bar)
    click.echo(json.dumps(came.summary(), ensure_ascii=False) if shape == "json" else _table(came))


def _rules(merchant_id: int, currency: str, file: Path | None) -> "RuleSet":
    from zahlmeister.credit.rule_sets import changed, in_force
    from zahlmeister.refusals import Unreadable

    found = in_force(merchant_id, currency)
    if file is None:
        return found
    try:
        return changed(found, json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, Unreadable) as error:
        raise click.ClickException(f"{file.name}: {error}") from None


def _table(came: "Replayed") -> str:
    def money(minor: int) -> str:
        return str(Amount(minor, came.currency))

    before, after = money(came.minor_before), money(came.minor_now)
    lines = [
        f"{came.looked_at} applications since {came.first_day}, {came.left_out} left out whose data are deleted.",
        f"Accepted: {came.accepted_before} then ({before}), {came.accepted_now} now ({after}).",
        f"Lost on what was accepted: {money(came.lost_before)} then, {money(came.lost_now)} now.",
        f"Accepted now and not then, outcome unknown: {money(came.unknown_minor)}.",
    ]
    for one in came.differences[:50]:
        lost = "" if one.lost_minor is None else f", lost {money(one.lost_minor)}"
        lines.append(f"  {one.order}  {money(one.minor)}  {one.before} → {one.now}  {', '.join(one.codes)}{lost}")
    return "\n".join(lines)
