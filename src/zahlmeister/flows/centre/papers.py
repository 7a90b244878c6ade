"""Papers of an account: the confirmation of a deposit, and the statement with every entry."""

from datetime import date

from zahlmeister.correspondence.models import Sender
from zahlmeister.correspondence.senders import look_of
from zahlmeister.letters.figures import day, money, spoken
from zahlmeister.letters.table_paper import Column, Figures, figures_paper
from zahlmeister.letters.texts.read import centre_text
from zahlmeister.money.amount import Amount
from zahlmeister.prepaid.models import Account, Entry
from zahlmeister.prepaid.queries import entries_of
from zahlmeister.prepaid.rules import receipt_number, told_number


def confirmation(entry: Entry, sender: Sender) -> bytes:
    """That so much was paid in: it is no invoice, for nothing was delivered yet."""
    account, language = entry.account, entry.account.customer.language
    said = Figures(
        title=f"{_word('confirmation_title', language)} {receipt_number(entry.receipt or 0, entry.on)}",
        to=(str(account.customer), account.customer.email),
        facts=(
            (_word("account", language), told_number(account.number)),
            (_word("paid_in_on", language), day(entry.on, language)),
        ),
        columns=(),
        rows=(),
        sums=((_word("paid_in", language), money(entry.amount, language)),),
        notes=(_word("no_invoice", language),),
    )
    return figures_paper(said, look_of(sender))


def statement(account: Account, sender: Sender, first: date, last: date, kinds: dict[str, str]) -> bytes:
    """Every entry of some days with the balance after it, paid and granted apart.

    Args:
        account: whose.
        sender: the merchant.
        first: the first day.
        last: the last day.
        kinds: what kinds of entries are called in the customer's language.
    """
    language, currency = account.customer.language, account.currency
    rows = list(entries_of(account).filter(on__range=(first, last)).order_by("ordinal"))
    before = entries_of(account).filter(on__lt=first).first()
    began = before.after if before else None
    ends = rows[-1].after if rows else began

    def told(minor: int) -> str:
        return money(Amount(minor, currency), language)

    said = Figures(
        title=f"{_word('statement_title', language)} {told_number(account.number)}",
        to=(str(account.customer), account.customer.email),
        facts=(
            (_word("from", language), day(first, language)),
            (_word("until", language), day(last, language)),
            (_word("balance_before", language), told(began.total if began else 0)),
        ),
        columns=(
            Column(_word("day", language), 22),
            Column(_word("what", language), 68),
            Column(_word("paid", language), 26, is_figure=True),
            Column(_word("granted", language), 26, is_figure=True),
            Column(_word("balance", language), 28, is_figure=True),
        ),
        rows=[
            (
                _short(row.on, language),
                " · ".join(part for part in (kinds[row.kind], row.text) if part),
                told(row.paid_minor),
                told(row.granted_minor) if row.granted_minor else "",
                told(row.after.total),
            )
            for row in rows
        ],
        sums=(
            (_word("of_it_paid", language), told(ends.paid if ends else 0)),
            (_word("of_it_granted", language), told(ends.granted if ends else 0)),
            (_word("balance", language), told(ends.total if ends else 0)),
        ),
    )
    return figures_paper(said, look_of(sender))


def _short(on: date, language: str) -> str:
    return f"{on:%d/%m/%Y}" if spoken(language) in {"en", "fr", "it"} else f"{on:%d.%m.%Y}"


def _word(name: str, language: str) -> str:
    return centre_text(f"paper_{name}", language).subject
