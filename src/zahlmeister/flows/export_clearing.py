"""The clearing accounts of a month as bank statements: what passed through the house, for any accounting program."""

from datetime import date, datetime

from zahlmeister.flows.bookkeeper_facts import Fact, facts
from zahlmeister.formats.journals.clearing import ClearingStatement, Entry, camt053
from zahlmeister.ledger.as_of import balances_on, month_postings
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant

#: The accounts that money passes through on its way, with the names they have as accounts of a bank.
CLEARING = {
    Book.UNCLEAR: "ZM-UNCLEAR",
    Book.ON_ITS_WAY: "ZM-ON-ITS-WAY",
    Book.REFUNDS: "ZM-REFUNDS",
    Book.SURPLUS: "ZM-SURPLUS",
    Book.WITH_OPERATOR: "ZM-OPERATOR",
    Book.AGENCIES: "ZM-AGENCIES",
    Book.PROVIDERS: "ZM-PROVIDERS",
}


def export_clearing(merchant: Merchant, first: date, last: date, *, at: datetime) -> bytes:
    """A camt.053 with a statement for each clearing account and currency that was ever used."""
    opening = balances_on(merchant.pk, date.fromordinal(first.toordinal() - 1))
    used = {key for key in (*opening, *balances_on(merchant.pk, last)) if key[0] in CLEARING}
    rows = month_postings(merchant.pk, first, last, frozenset(CLEARING))
    known = facts(row.subject for row in rows)
    statements = []
    for key in sorted(used):
        book, about, currency = key
        entries = [
            Entry(row.source, sign * row.minor, row.booked_on, _text(row.text, known.get(row.subject, Fact())))
            for row in rows
            for side, sign in (((row.debit, row.debit_about), 1), ((row.credit, row.credit_about), -1))
            if side == (book, about) and row.currency == currency
        ]
        statements.append(
            ClearingStatement(
                account=f"{CLEARING[book]}{f'-{about}' if about else ''}-{currency}"[:34],
                name=CLEARING[book],
                owner=merchant.name,
                currency=currency,
                number=first.year % 100 * 100 + first.month,
                first=first,
                last=last,
                opening=opening.get(key, 0),
                entries=entries,
            )
        )
    return camt053(statements, made_at=at)


def _text(event: str, fact: Fact) -> str:
    told = (fact.who, fact.invoice_number or fact.number, event.replace("_", " "))
    return ", ".join(part for part in told if part)
