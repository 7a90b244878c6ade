"""A transfer is drafted: everything a bank would reject it for is refused now, while somebody can still mend it."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.models import BankAccount
from zahlmeister.banking.outgoing import as_written
from zahlmeister.banking.outgoing_models import PaymentOrder
from zahlmeister.flows import screen_payment
from zahlmeister.flows.make_payment_file import day_of_execution, file_of
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Person
from zahlmeister.money.accounts import tidy
from zahlmeister.money.amount import Amount
from zahlmeister.money.banks import doubt_about
from zahlmeister.refusals import Refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """A transfer as somebody wants it. `source` says for what, once; the same source again is the same transfer.

    `falls_back`: an instant one goes as an ordinary one when the bank rejects it only because it was to be instant.
    """

    source: str
    creditor: Party
    iban: str
    amount: Amount
    execute_on: date
    bic: str = ""
    text: str = ""
    reference: str = ""
    purpose: str = ""
    is_instant: bool = False
    is_going_back: bool = False
    falls_back: bool = False


@dataclass(frozen=True, slots=True)
class Drafted:
    """The order, whether it is new, and a sentence when no bank has such an account."""

    order: PaymentOrder
    is_new: bool
    doubt: str | None


def draft_payment(account: BankAccount, wanted: Wanted, *, by: Person | str, at: datetime) -> Drafted:
    """Draft a transfer from an account. It waits for approval.

    Args:
        account: ours, the one that pays.
        wanted: what is to be paid.
        by: the person who drafts it, or the name of what in the house does.
        at: now.

    Raises:
        Refused: a bank would reject it, or another transfer was drafted for the same source.
    """
    order = make_order(account, wanted, by=by, at=at)
    with transaction.atomic(durable=True):
        lock(account.merchant_id)
        known = PaymentOrder.objects.filter(merchant_id=account.merchant_id, source=wanted.source).first()
        if known is None:
            keep_order(order, at=at)
    if known is not None and _says(known) != _says(order):
        raise Refused(f"For {wanted.source} another transfer was drafted before; look at {known.end_to_end_id}.")
    return Drafted(known or order, is_new=known is None, doubt=doubt_about(order.creditor_number))


def make_order(account: BankAccount, wanted: Wanted, *, by: Person | str, at: datetime) -> PaymentOrder:
    """The order that would be drafted, checked and not yet kept.

    Raises:
        Refused: a bank would reject it.
    """
    order = _order(account, wanted, by, at)
    _check(account, order, at)
    return order


def keep_order(order: PaymentOrder, *, at: datetime) -> None:
    """Keep a new order, inside the caller's transaction and turn. One that looks wrong waits for a person.

    Raises:
        Refused: the list of sanctions cannot be asked.
    """
    order.doubt, why = screen_payment.doubt_about(order, at=at)
    order.save(force_insert=True)
    facts = {"amount": str(order.amount), "to": order.creditor_number}
    steps = [Happened("transfer", order.pk, "drafted", order.created_by, "", facts)]
    if order.doubt:
        steps.append(Happened("transfer", order.pk, order.doubt, "house", why))
    record(order.merchant_id, steps, at=at)


def _order(account: BankAccount, wanted: Wanted, by: Person | str, at: datetime) -> PaymentOrder:
    number = new_id()
    address = wanted.creditor.address
    return PaymentOrder(
        id=number,
        merchant_id=account.merchant_id,
        account=account,
        source=wanted.source,
        end_to_end_id=f"ZM-{number}",
        creditor_name=" ".join(wanted.creditor.name.split()),
        creditor_number=tidy(wanted.iban),
        creditor_bic=tidy(wanted.bic),
        address={name: value for name, value in asdict(address).items() if value} if address else {},
        amount_minor=wanted.amount.minor,
        currency=wanted.amount.currency,
        text=" ".join(wanted.text.split()),
        reference=tidy(wanted.reference),
        purpose=wanted.purpose,
        execute_on=wanted.execute_on,
        is_instant=wanted.is_instant,
        falls_back=wanted.is_instant and wanted.falls_back,
        is_going_back=wanted.is_going_back,
        drafted_by=by if isinstance(by, Person) else None,
        created_by=by.email if isinstance(by, Person) else by,
        created_at=at,
    )


def _check(account: BankAccount, order: PaymentOrder, at: datetime) -> None:
    """Make the file that this order alone would make: what cannot be made is refused."""
    if order.currency != account.currency:
        raise Refused(f"The account is kept in {account.currency}; {order.amount} cannot be ordered from it.")
    as_written(order)
    today = timezone.localdate(at)
    if order.execute_on < today:
        raise Refused(f"{order.execute_on} is over; choose today or a later day.")
    file_of(account, {(day_of_execution(order, today), order.is_instant): [order]}, "CHECK", timezone.localtime(at))


def _says(order: PaymentOrder) -> tuple[object, ...]:
    """What must be the same for the same source."""
    return (order.account_id, order.creditor_name, order.creditor_number, order.amount, order.text, order.reference)
