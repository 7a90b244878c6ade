"""How this house works, in writing: the documentation of the procedure (GoBD), made from the code's own rules.

What is said here is read from what the program really does: the rules of the ledger, the tables and their constraints,
the merchant's own settings. Made again after a change it says the change.
"""

import inspect
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.metadata import version
from itertools import chain

from django.db import models

from zahlmeister.accounting.models import BookDelivery, BookkeeperSettings, Closing
from zahlmeister.accounting.plan import plan_of
from zahlmeister.accounting.retention import retention_classes, retention_of
from zahlmeister.accounting.rules import event_names
from zahlmeister.flows import close_month, export_books, reconcile
from zahlmeister.flows.export_audit import house_tables
from zahlmeister.history import record as history
from zahlmeister.ledger import as_of, rules
from zahlmeister.ledger.rules import Legs, Pair
from zahlmeister.merchants.models import Membership, Merchant
from zahlmeister.money.amount import Amount


def procedure(merchant: Merchant, *, at: datetime) -> str:
    """The documentation as Markdown: what is posted, why nothing can be changed, who may what, and what is kept."""
    parts = (_head(merchant, at), _postings(), _accounts(merchant), _unchanged(merchant), _people(merchant), _kept())
    return "\n".join(chain.from_iterable(parts)) + "\n"


def _head(merchant: Merchant, at: datetime) -> Iterator[str]:
    yield f"# Documentation of the procedure (Verfahrensdokumentation): {merchant.name}"
    yield ""
    yield f"Zahlmeister {version('zahlmeister')}, made on {at:%Y-%m-%d} from the program's own rules."
    yield ""
    yield (
        "Statements and orders come in as files or by interfaces and are kept as they came, with their hash. Each line "
        "is recorded once. Payments are assigned by the matcher or by a person; every step is history. Postings follow "
        "from facts and are only ever added."
    )
    yield ""


def _postings() -> Iterator[str]:
    yield "## What makes which posting"
    yield ""
    yield "```"
    yield from inspect.cleandoc(rules.__doc__ or "").splitlines()
    yield "```"
    yield ""
    names = event_names()
    yield from _table(
        ("event", "debit", "credit", "in German"),
        [(legs.text, legs.debit.value, legs.credit.value, names.get(legs.text, "")) for legs in _all_legs()],
    )


def _all_legs() -> list[Legs]:
    found: set[Legs] = set()
    for rule in vars(rules).values():
        if isinstance(rule, Legs):
            found.add(rule)
        elif isinstance(rule, Pair):
            found |= {rule.open, rule.surplus}
    return sorted(found, key=lambda legs: (legs.text, legs.debit, legs.credit))


def _accounts(merchant: Merchant) -> Iterator[str]:
    known = BookkeeperSettings.objects.filter(merchant=merchant).first()
    yield "## Accounts of the bookkeeper, and how he gets the postings"
    yield ""
    yield from (export_books.__doc__ or "").strip().splitlines()
    yield ""
    if known is None:
        yield "Nobody has said yet which program the bookkeeper uses."
        yield ""
        return
    delivery = BookDelivery.objects.filter(merchant=merchant).first()
    way = f", {delivery.get_way_display()} on day {delivery.day}" if delivery else ""
    yield f"Program: {known.get_program_display()}; chart: {known.get_chart_display()}; from {known.begins_on}{way}."
    yield ""
    plan = plan_of(known)
    rows = [(book.value, str(about or ""), number or "–") for (book, about), number in sorted(plan.accounts.items())]
    yield from _table(("book", "about", "account"), rows)


def _unchanged(merchant: Merchant) -> Iterator[str]:
    yield "## Why nothing can be changed"
    yield ""
    for module in (history, close_month, as_of, reconcile):
        yield from (module.__doc__ or "").strip().splitlines()
        yield ""
    yield from inspect.cleandoc(history.digest.__doc__ or "").splitlines()
    yield ""
    rows = [
        (str(closing), str(closing.closed_at.date()), closing.closed_by, closing.digest)
        for closing in Closing.objects.filter(merchant=merchant).order_by("month")
    ]
    yield from _table(("closed month", "on", "by", "hash"), rows)


def _people(merchant: Merchant) -> Iterator[str]:
    yield "## Who may what"
    yield ""
    members = Membership.objects.filter(merchant=merchant).select_related("person").order_by("person__email")
    yield from _table(
        ("person", "may", "active"),
        [(row.person.email, row.get_role_display(), "yes" if row.person.is_active else "no") for row in members],
    )
    limit = Amount(merchant.four_eyes_above_minor, merchant.currency)
    yield f"Transfers above {limit} need two people. Differences up to {merchant.tolerance_minor} are accepted."
    yield ""


def _kept() -> Iterator[str]:
    yield "## What is kept, and for how long"
    yield ""
    yield from _table(
        ("class", "DE", "AT", "CH", "what"),
        [(each.name, *(str(years) for years in each.years.values()), each.what) for each in retention_classes()],
    )
    yield from _table(
        ("table", "class", "what it holds", "what the database refuses"),
        [_of_table(table) for table in house_tables()],
    )


def _of_table(table: type[models.Model]) -> tuple[str, ...]:
    shape = table._meta  # noqa: SLF001 - Django's way to ask a table
    refused = ", ".join(constraint.name for constraint in shape.constraints)
    said = " ".join((table.__doc__ or "").split("\n\n")[0].split())
    return (shape.db_table, retention_of(shape.app_label).name, said, refused)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    for row in (titles, ["---"] * len(titles), *rows):
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""
