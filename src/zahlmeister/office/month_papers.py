"""The month for the bookkeeper as workbook and on paper, and what a bank account held on a day."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zahlmeister.accounting.models import BookkeeperSettings
from zahlmeister.accounting.plan import plan_of
from zahlmeister.accounting.rules import DEBTOR
from zahlmeister.banking.queries import accounts
from zahlmeister.flows.month_statement import AccountLine, Confirmed, MonthStatement, OpenLine
from zahlmeister.formats.journals.workbook import Cell, Sheet, workbook
from zahlmeister.ledger.rules import Book
from zahlmeister.letters.table_paper import Column, Figures, figures_paper
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.office import shown, words
from zahlmeister.office.payout_statement import look_of_house

#: More open items than these stand in the workbook only.
MOST_ON_PAPER = 1000


def month_workbook(said: MonthStatement, *, made_at: datetime) -> bytes:
    """Sheets: accounts, open items, prepayments, fees."""
    sheets = [_accounts(said), open_items_sheet(said.open_items), _prepaid(said), _fees(said)]
    return workbook(sheets, title=_title(said), made_at=made_at)


def open_items_sheet(lines: Sequence[OpenLine]) -> Sheet:
    """The list of open items with its sums."""
    rows: list[list[Cell]] = [
        [line.number, line.invoice_number, line.who, line.due_on, *_both(line), line.currency] for line in lines
    ]
    sums = [
        [
            _("Together"), "", "", None,
            Amount(sum(line.open for line in lines if line.currency == currency), currency),
            Amount(sum(line.surplus for line in lines if line.currency == currency), currency),
            currency,
        ]
        for currency in sorted({line.currency for line in lines})
    ]  # fmt: skip
    titles = [_("Order"), _("Invoice"), _("Customer"), _("Due"), _("Open"), _("Paid too much"), _("Currency")]
    return Sheet(_("Open items"), titles, [*rows, *sums], frozenset(range(len(rows), len(rows) + len(sums))))


def open_items_workbook(merchant: Merchant, lines: Sequence[OpenLine], day: date, *, made_at: datetime) -> bytes:
    """The list of open items of a day alone."""
    title = f"{_('Open items')} {day:%d.%m.%Y}, {merchant.name}"
    return workbook([open_items_sheet(lines)], title=title, made_at=made_at)


def month_paper(said: MonthStatement) -> bytes:
    """The month on paper: every account, then the sums of open items and prepayments."""
    language = get_language() or "en"
    names = _names(said.merchant)
    figures = Figures(
        title=_title(said),
        to=(said.merchant.name,),
        facts=((_("From"), f"{said.first:%d.%m.%Y}"), (_("Until"), f"{said.last:%d.%m.%Y}")),
        columns=(
            Column(_("Account"), 62),
            Column(_("Before"), 27, is_figure=True),
            Column(_("Debit"), 27, is_figure=True),
            Column(_("Credit"), 27, is_figure=True),
            Column(_("After"), 27, is_figure=True),
        ),
        rows=[_account_cells(line, names, language) for line in said.accounts],
        sums=_sums(said, language),
        notes=(_("Each figure is made of postings, which are only ever added; asked for again it is the same."),),
    )
    return figures_paper(figures, look_of_house(said.merchant.pk))


def confirmation_paper(merchant: Merchant, day: date, found: Sequence[Confirmed]) -> bytes:
    """What each bank account held at the end of a day, by the books and by its statement."""
    language = get_language() or "en"
    figures = Figures(
        title=_("Balances on %(day)s") % {"day": f"{day:%d.%m.%Y}"},
        to=(merchant.name,),
        facts=((_("Date"), f"{day:%d.%m.%Y}"),),
        columns=(
            Column(_("Account"), 70),
            Column(_("Statement of"), 30),
            Column(_("At the bank"), 35, is_figure=True),
            Column(_("In the books"), 35, is_figure=True),
        ),
        rows=[_confirmed_cells(one, language) for one in found],
        sums=[
            (f"{_('In the books')}, {currency}", shown.money_text(minor, currency, language))
            for currency, minor in _by_currency(found)
        ],
        notes=(_("Each figure is made of postings, which are only ever added; asked for again it is the same."),),
    )
    return figures_paper(figures, look_of_house(merchant.pk))


def _accounts(said: MonthStatement) -> Sheet:
    names, numbers = _names(said.merchant), _numbers(said.merchant)
    rows: list[list[Cell]] = []
    for line in said.accounts:
        moved = line.moved
        figures = (moved.before, moved.debits, -moved.credits, moved.after)
        amounts = [Amount(minor, line.currency) for minor in figures]
        number = numbers.get((line.book, line.about)) or numbers.get((line.book, 0), "")
        rows.append([_name(line, names), number, *amounts, line.currency])
    titles = [_("Account"), _("Number"), _("Before"), _("Debit"), _("Credit"), _("After"), _("Currency")]
    return Sheet(_("Accounts"), titles, rows)


def _prepaid(said: MonthStatement) -> Sheet:
    rows: list[list[Cell]] = [
        [line.number, line.who, line.country, Amount(line.received, line.currency), line.currency]
        for line in said.prepaid
    ]
    sums: list[list[Cell]] = []
    for one in said.prepaid_sums:
        sums += [
            [label, "", "", Amount(minor, one.currency), one.currency]
            for label, minor in (
                (_("Without an invoice before"), one.before),
                (_("Change of the month"), one.change),
                (_("Without an invoice after"), one.after),
            )
        ]
    titles = [_("Order"), _("Customer"), _("Country"), _("Received"), _("Currency")]
    return Sheet(_("Prepayments"), titles, [*rows, *sums], frozenset(range(len(rows), len(rows) + len(sums))))


def _fees(said: MonthStatement) -> Sheet:
    rows: list[list[Cell]] = [
        [
            one.number,
            one.issued_on,
            *(Amount(minor, one.currency) for minor in (one.net_minor, one.tax_minor)),
            one.total,
        ]
        for one in said.invoices
    ]
    return Sheet(_("Fees"), [_("Invoice"), _("Date"), _("Net"), _("Tax"), _("Amount")], rows)


def _both(line: OpenLine) -> list[Cell]:
    return [Amount(line.open, line.currency), Amount(line.surplus, line.currency)]


def _account_cells(line: AccountLine, names: dict[int, str], language: str) -> tuple[str, ...]:
    moved = line.moved
    figures = (moved.before, moved.debits, -moved.credits, moved.after)
    name = f"{_name(line, names)} ({line.currency})"
    return (name, *(shown.money_text(minor, line.currency, language) for minor in figures))


def _sums(said: MonthStatement, language: str) -> list[tuple[str, str]]:
    found = []
    for currency in sorted({line.currency for line in said.accounts}):
        items = [line for line in said.open_items if line.currency == currency]
        figures = [
            (_("Open items"), sum(line.open for line in items)),
            (_("Paid too much"), sum(line.surplus for line in items)),
            *(
                (_("Prepayments without an invoice"), one.after)
                for one in said.prepaid_sums
                if one.currency == currency
            ),
        ]
        found += [(f"{name}, {currency}", shown.money_text(minor, currency, language)) for name, minor in figures]
    return found


def _confirmed_cells(one: Confirmed, language: str) -> tuple[str, ...]:
    def text(amount: Amount | None) -> str:
        return shown.money_text(amount.minor, amount.currency, language) if amount else "–"

    name = f"{one.account} {one.account.currency}"
    return (name, f"{one.on:%d.%m.%Y}" if one.on else "–", text(one.bank), text(one.books))


def _by_currency(found: Sequence[Confirmed]) -> list[tuple[str, int]]:
    sums: dict[str, int] = {}
    for one in found:
        sums[one.books.currency] = sums.get(one.books.currency, 0) + one.books.minor
    return sorted(sums.items())


def _title(said: MonthStatement) -> str:
    return f"{_('Month')} {said.first:%m/%Y}"


def _names(merchant: Merchant) -> dict[int, str]:
    return {account.pk: str(account) for account in accounts(merchant.pk)}


def _name(line: AccountLine, names: dict[int, str]) -> str:
    return f"{words.book(line.book)} {names.get(line.about, '')}".strip()


def _numbers(merchant: Merchant) -> dict[tuple[Book, int], str]:
    """The bookkeeper's accounts, where somebody has said which."""
    known = BookkeeperSettings.objects.filter(merchant=merchant).first()
    if known is None:
        return {}
    return {
        key: (known.debtor if number == DEBTOR else number) for key, number in plan_of(known).accounts.items() if number
    }
