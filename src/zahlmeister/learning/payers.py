"""Who pays for whom: learned when a person confirms it, forgotten when that is taken back."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from zahlmeister.banking.models import BankTransaction
from zahlmeister.learning.rules import name_to_learn
from zahlmeister.matching.clues.identity import is_carrier
from zahlmeister.matching.folding import name_words
from zahlmeister.orders.models import Customer
from zahlmeister.receivables.keys import learn_key, unlearn_key
from zahlmeister.receivables.models import Allocation, OpenItem, PayerAccount
from zahlmeister.receivables.queries import BY_A_PERSON


def learn_payer(merchant_id: int, items: Sequence[OpenItem], said: BankTransaction, *, at: datetime) -> None:
    """A person assigned a payment to these items: remember account and name, if one customer owes them all.

    A carrier collects for others; who was paid by one has not paid from its account.
    """
    first, *others = {item.order.customer_id for item in items}
    if first is None or others or is_carrier(name_words(said.counterparty)):
        return
    customer = Customer.objects.get(pk=first)
    name = name_to_learn(said.counterparty, _called(customer, items))
    number = said.counterparty_number
    if not number and not name:
        return
    _, is_new = PayerAccount.objects.get_or_create(
        merchant_id=merchant_id, customer=customer, number=number, name=name, defaults={"learned_at": at}
    )
    if is_new:
        open_items = list(_open_items(merchant_id, customer.pk))
        for key in _keys(number, name):
            learn_key(merchant_id, open_items, key)


def unlearn_payer(merchant_id: int, items: Sequence[OpenItem], said: BankTransaction) -> None:
    """What was taken back teaches nothing: forget the payer unless another decision of a person still says so."""
    owners = {item.order.customer_id for item in items if item.order.customer_id is not None}
    for customer in Customer.objects.filter(pk__in=owners):
        confirmed = _still_confirmed(merchant_id, customer, said.counterparty_number)
        known = PayerAccount.objects.filter(merchant_id=merchant_id, customer=customer, number=said.counterparty_number)
        for row in known:
            if (row.number, row.name) not in confirmed:
                row.delete()
        _forget_keys(merchant_id, customer.pk, said, _called(customer, items))


def _still_confirmed(merchant_id: int, customer: Customer, number: str) -> set[tuple[str, str]]:
    """Account and name of the payments from this account that a person has assigned to the customer and still are."""
    rows = Allocation.objects.filter(
        merchant_id=merchant_id,
        item__order__customer=customer,
        payment__transaction__counterparty_number=number,
        waived_minor=0,
        reverses=None,
        reversal=None,
        source__startswith=BY_A_PERSON,
    )
    said = rows.values_list("payment__transaction__counterparty", "item__order__name", "item__order__company")
    return {(number, name_to_learn(payer, [customer.name, customer.company, *order])) for payer, *order in said}


def _forget_keys(merchant_id: int, customer_id: int, said: BankTransaction, called: list[str]) -> None:
    """Take away the keys that no other row of the customer holds."""
    rows = PayerAccount.objects.filter(merchant_id=merchant_id, customer_id=customer_id)
    kept = {key for number, name in rows.values_list("number", "name") for key in _keys(number, name)}
    items = list(_open_items(merchant_id, customer_id))
    theirs = [item for item in items if item.order.iban != said.counterparty_number]  # the shop knows the account, too
    for key in _keys(said.counterparty_number, name_to_learn(said.counterparty, called)):
        if key not in kept:
            unlearn_key(merchant_id, theirs if key.startswith("iban:") else items, key)


def _keys(number: str, name: str) -> list[str]:
    return [*([f"iban:{number}"] if number else []), *([f"payer:{name}"] if name else [])]


def _called(customer: Customer, items: Sequence[OpenItem]) -> list[str]:
    """Everything the customer is called, by the shop's customer list and on the orders."""
    orders = [item.order for item in items if item.order.customer_id == customer.pk]
    return [customer.name, customer.company, *(text for order in orders for text in (order.name, order.company))]


def _open_items(merchant_id: int, customer_id: int) -> QuerySet[OpenItem]:
    rows = OpenItem.objects.filter(merchant_id=merchant_id, order__customer=customer_id, open_minor__gt=0)
    return rows.select_related("order")
