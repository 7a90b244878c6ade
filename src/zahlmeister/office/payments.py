"""The list of incoming payments."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from zahlmeister.banking.queries import accounts, imports
from zahlmeister.formats.journals.workbook import Cell
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.office import typed, words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.export import list_file
from zahlmeister.office.listing import Address, Chip, amounts_chip, choice_chip, currency_chips, days_chip, pages
from zahlmeister.office.many_acts import buttons
from zahlmeister.receivables import queries
from zahlmeister.receivables.guarantee import counted_as
from zahlmeister.receivables.models import Payment
from zahlmeister.receivables.queries import Found, PaymentsWanted
from zahlmeister.receivables.states import NEEDS_A_PERSON, PaymentState

SHOWN_NUMBERS = 2
#: The answer of the chip that narrows to money on pooled accounts.
MUST_RETURN = "return"


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as a list shows it."""

    id: int
    booked_on: date
    payer: str
    text: str
    state: str
    minor: int
    currency: str
    numbers: str

    @property
    def state_label(self) -> str:
        return str(PaymentState(self.state).label)


@signed_in
def payments(request: OfficeRequest) -> HttpResponseBase:
    """Payments as somebody asked for them, newest first."""
    address = Address(request, file_at="export")
    asked = wanted(request.merchant, address)
    found = _found(request.merchant, address, asked)
    page = pages(found.rows, address, asked.counted_to, found.counted)
    return render(
        request,
        "office/payments.html",
        {
            "address": address,
            "chips": _chips(request.merchant, address),
            "page": page,
            "rows": payment_rows(request.merchant.pk, page.ids),
            "many": buttons("payments") if request.may_write else [],
        },
    )


@signed_in
def payments_export(request: OfficeRequest) -> HttpResponseBase:
    """The payments of the list as a file."""
    address = Address(request)
    address.file = address.file or "csv"
    rows = _found(request.merchant, address, wanted(request.merchant, address)).rows
    head = [
        _("Booked on"), _("Amount"), _("Currency"), _("Payer"), _("Account"), _("Remittance information"),
        _("State"), _("Unassigned"), _("Decided by"),
    ]  # fmt: skip
    return list_file(address, _("payments"), head, _cells(rows)) or redirect("office:payments")


def wanted(merchant: Merchant, address: Address) -> PaymentsWanted:
    """What the address of the list asks for."""
    first_day, last_day = address.days()
    least, most = address.amounts(merchant.currency)
    state, by = address.get("state"), address.get("by")
    return PaymentsWanted(
        states=_states(state),
        first_day=first_day,
        last_day=last_day,
        least_minor=least,
        most_minor=most,
        account_id=address.number("account"),
        import_id=address.number("import"),
        is_pooled=state == MUST_RETURN,
        currency=address.currency(),
        by=by if by in {queries.MATCHER, "person"} else "",
        sought=typed.sought(address.get("q"), merchant.currency),
    )


def _found(merchant: Merchant, address: Address, asked: PaymentsWanted) -> Found[Payment]:
    """The payments asked for; those that a figure of the guarantee counts, when the address names one."""
    found = queries.payments(merchant.pk, asked)
    word = address.get("guarantee")
    if word not in words.guarantee_figures():
        return found
    days = (asked.first_day or date.min, asked.last_day or date.max)
    return found.that(lambda rows: counted_as(rows, merchant.pk, word, days))


def payment_rows(merchant_id: int, ids: list[int]) -> list[PaymentRow]:
    """These payments in this order, each with the numbers of the orders it pays, in two queries."""
    found = {row.id: row for row in _read(merchant_id, ids)}
    return [found[number] for number in ids if number in found]


def _read(merchant_id: int, ids: list[int]) -> Iterator[PaymentRow]:
    numbers = queries.order_numbers_of_payments(merchant_id, ids)
    rows = queries.payments_by_id(merchant_id, ids).values_list(
        "id", "booked_on", "transaction__counterparty", "transaction__remittance", "state", "amount_minor", "currency"
    )
    for row in rows:
        yield PaymentRow(*row, numbers=_few(numbers.get(row[0], [])))


def _few(numbers: list[str]) -> str:
    """The first order numbers, and how many more there are."""
    if len(numbers) <= SHOWN_NUMBERS:
        return ", ".join(numbers)
    return _("%(first)s and %(count)s more") % {"first": numbers[0], "count": len(numbers) - 1}


def _states(word: str) -> tuple[str, ...]:
    if word in {"needs", MUST_RETURN}:
        return NEEDS_A_PERSON
    return (word,) if word in PaymentState.values else ()


def _chips(merchant: Merchant, address: Address) -> list[Chip]:
    states = [
        ("needs", _("that need a person")),
        (PaymentState.SUGGESTED, _("with a suggestion")),
        (PaymentState.UNCLEAR, _("that are unclear")),
        (PaymentState.PART_ASSIGNED, _("assigned in part")),
        (PaymentState.ASSIGNED, _("that are assigned")),
        (MUST_RETURN, _("on a pooled account, to be assigned or sent back")),
        (PaymentState.GOING_BACK, _("that go back")),
        (PaymentState.PAYOUT, _("that an agency or a provider paid out")),
        (PaymentState.TOPPED_UP, _("that are on customers' balances")),
        (PaymentState.IGNORED, _("that are ignored")),
        (PaymentState.DIVIDED, _("that are divided")),
        (PaymentState.EARLY, _("booked before the start")),
    ]
    chips = [choice_chip(address, "state", _("in any state"), states)]
    if address.get("state") == PaymentState.ASSIGNED or address.get("by"):
        deciders = [(queries.MATCHER, _("by themselves")), ("person", _("by hand"))]
        chips.append(choice_chip(address, "by", _("by anyone"), deciders))
    if address.get("guarantee"):
        figures = list(words.guarantee_figures().items())
        chips.append(choice_chip(address, "guarantee", _("however the guarantee counts them"), figures))
    chips += [days_chip(address, timezone.localdate()), amounts_chip(address, merchant.currency)]
    ours = accounts(merchant.pk)
    chips += currency_chips(address, sorted({account.currency for account in ours}))
    own = [(str(account.pk), _("to %(account)s") % {"account": account}) for account in ours]
    if len(own) > 1 or address.get("account"):
        chips.append(choice_chip(address, "account", _("to any account"), own))
    if (number := address.number("import")) is not None:
        file = imports(merchant.pk).filter(pk=number).values_list("name", flat=True).first()
        answers = [(str(number), _("from %(file)s") % {"file": file})] if file else []
        chips.append(choice_chip(address, "import", _("from any file"), answers))
    return chips


def _cells(rows: QuerySet[Payment]) -> Iterator[list[Cell]]:
    labels = {state.value: str(state.label) for state in PaymentState}
    columns = rows.values_list(
        "booked_on", "amount_minor", "currency", "transaction__counterparty", "transaction__counterparty_number",
        "transaction__remittance", "state", "open_minor", "decided_by",
    )  # fmt: skip
    for day, minor, currency, payer, number, text, state, left, by in columns.iterator(chunk_size=2000):
        yield [
            day, Amount(minor, currency), currency, payer, number, " ".join(text.split()), labels[state],
            Amount(left, currency), by,
        ]  # fmt: skip
