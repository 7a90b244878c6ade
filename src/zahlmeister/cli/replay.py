"""`zahlmeister replay`: what today's matcher would have decided otherwise."""

import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from zahlmeister.cli.house import now, open_house, the_merchant
from zahlmeister.cli.match import SUREST, candidate_json
from zahlmeister.cli.progress import progress
from zahlmeister.matching.words import LANGUAGES, clue_text, reason_text
from zahlmeister.money.amount import minor_text

if TYPE_CHECKING:
    from zahlmeister.flows.replay import Replayed

#: Difference → what it means, in the order of the summary.
MEANINGS = {
    "same": "decided as it stands in the books",
    "later": "the order came after the money; nobody could have known",
    "automatic": "would now be assigned by itself, to the orders a person chose",
    "new": "would now be assigned by itself; nobody has decided yet",
    "wrong": "would be wrong: other orders stand in the books, or none",
    "suggested": "would only be suggested; it was assigned by itself",
    "left": "would be left without the right suggestion; it was assigned by itself",
    "ignored": "would now be ignored; nobody has decided yet",
    "kept": "would no longer be ignored by itself",
    "ranked": "something else, or nothing, would be suggested first; a person decides as before",
}


@click.command("replay")
@click.option("--merchant", help="Which merchant (its short name); not needed when there is only one.")
@click.option("--months", default=3, show_default=True, type=click.IntRange(1, 120), help="So many months back.")
@click.option("--format", "shape", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the clues.")
@click.option(
    "--with-learned",
    is_flag=True,
    help="Decide with everything learned by now (payers, rules, noise), not with what was learned by then.",
)
def replay(merchant: str | None, months: int, shape: str, language: str, *, with_learned: bool) -> None:
    """Decide the payments of the last months anew, as things stood then, and print every difference from the books.

    Nothing is written. What cannot be reconstructed is said on the error stream.
    """
    open_house()
    from django.utils.timezone import localdate

    from zahlmeister.flows.replay import NOT_RECONSTRUCTED
    from zahlmeister.flows.replay import replay as replayed

    whose, today = the_merchant(merchant), localdate(now())
    first_day = today - timedelta(days=months * 61 // 2)
    show, counts = _PRINTERS[shape], Counter[str]()
    for sentence in NOT_RECONSTRUCTED:
        click.echo(f"Note: {sentence}", err=True)
    with progress("Payments") as bar:
        for one in replayed(whose, first_day=first_day, last_day=today, with_learned=with_learned, watch=bar):
            counts[one.difference.value] += 1
            if one.difference.value not in {"same", "later"}:
                show(one, language)
    _SUMMARIES[shape](counts, f"{first_day} to {today}")
    sys.exit(1 if counts["wrong"] else 0)


def _table(one: "Replayed", language: str) -> None:
    paid, said = one.payment, one.payment.transaction
    click.echo(
        f"{paid.booked_on}  {minor_text(paid.amount_minor, paid.currency)} {paid.currency}  "
        f"{said.counterparty or 'unknown payer'}  “{' '.join(said.remittance.split())[:80]}”  (payment {paid.pk})"
    )
    click.echo(f"  {MEANINGS[one.difference.value]}")
    click.echo(f"  in the books: {_stands(one)}")
    reason = f": {reason_text(one.proposal.reason, language)}" if one.proposal.reason else ""
    click.echo(f"  today: {one.proposal.decision.value}{reason}")
    for candidate in one.proposal.candidates[:2]:
        numbers = ", ".join(share.item.number for share in candidate.shares)
        click.echo(f"    {numbers}  {min(candidate.confidence, SUREST):.4f}")
        for clue in candidate.clues:
            click.echo(f"      {clue.weight:+6.1f}  {clue_text(clue, language)}")
    click.echo("")


def _stands(one: "Replayed") -> str:
    stands = one.stands
    if stands.orders:
        return f"{', '.join(stands.orders.values())}, decided by {stands.by or 'nobody'}"
    return f"{stands.state}, decided by {stands.by}" if stands.by else stands.state


def _jsonl(one: "Replayed", language: str) -> None:
    paid, said, proposal = one.payment, one.payment.transaction, one.proposal
    told: dict[str, Any] = {
        "payment": str(paid.pk),
        "booked_on": paid.booked_on.isoformat(),
        "amount": minor_text(paid.amount_minor, paid.currency),
        "currency": paid.currency,
        "payer": said.counterparty or None,
        "remittance": said.remittance or None,
        "difference": one.difference.value,
        "stands": {
            "orders": list(one.stands.orders.values()),
            "state": one.stands.state,
            "decided_by": one.stands.by or None,
        },
        "decision": proposal.decision.value,
        "reason": proposal.reason,
        "candidates": [candidate_json(candidate, language) for candidate in proposal.candidates],
    }
    click.echo(json.dumps(told, ensure_ascii=False))


def _table_summary(counts: Counter[str], days: str) -> None:
    click.echo(f"{counts.total():,} payments booked from {days}")
    for word, meaning in MEANINGS.items():
        click.echo(f"{counts[word]:>9,}  {meaning}")


def _jsonl_summary(counts: Counter[str], days: str) -> None:
    first_day, _, last_day = days.partition(" to ")
    told = {"from": first_day, "to": last_day, "payments": counts.total()}
    click.echo(json.dumps({"summary": {**told, **{word: counts[word] for word in MEANINGS}}}))


_PRINTERS: dict[str, Callable[["Replayed", str], None]] = {"table": _table, "jsonl": _jsonl}
_SUMMARIES: dict[str, Callable[[Counter[str], str], None]] = {"table": _table_summary, "jsonl": _jsonl_summary}
