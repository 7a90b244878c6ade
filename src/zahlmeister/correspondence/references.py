"""Give orders a payment reference of their own: short, with a check character, each once per merchant."""

from collections.abc import Iterator, Sequence

from django.db.models import F

from zahlmeister.correspondence.models import ReferenceCounter
from zahlmeister.merchants.insert import update_each
from zahlmeister.money.references import SPACE, payment_reference, qr_reference
from zahlmeister.orders.models import Order


def issue(merchant_id: int, orders: Sequence[Order], *, for_qr_iban: frozenset[int] = frozenset()) -> None:
    """Give these orders references, inside the caller's transaction and turn, before their keys are written.

    Args:
        merchant_id: whose orders.
        orders: without a reference.
        for_qr_iban: those of them that are paid to a QR-IBAN, which takes a Swiss QR reference only.
    """
    if not orders:
        return
    numbers = _numbers(merchant_id, len(orders))
    for order in orders:
        number, reference = next(numbers)
        order.reference = qr_reference(number) if order.pk in for_qr_iban else reference
    update_each("orders_order", ["reference varchar"], ["id bigint"], [(order.reference, order.pk) for order in orders])


def new_reference(merchant_id: int, *, is_qr: bool = False) -> str:
    """A reference for what is no order yet, inside the caller's transaction and turn.

    Args:
        merchant_id: whose.
        is_qr: it will be paid to a QR-IBAN, which takes a Swiss QR reference only.
    """
    number, reference = next(_numbers(merchant_id, 1))
    return qr_reference(number) if is_qr else reference


def _numbers(merchant_id: int, wanted: int) -> Iterator[tuple[int, str]]:
    """Fresh numbers with their references. Those whose reference would have doubled letters are passed over."""
    counter, _ = ReferenceCounter.objects.get_or_create(merchant_id=merchant_id)
    start, used = merchant_id * 7_368_787 % SPACE, 0
    found: list[tuple[int, str]] = []
    while len(found) < wanted:
        number = (start + counter.used + used) % SPACE
        used += 1
        try:
            found.append((number, payment_reference(number)))
        except ValueError:
            continue
    ReferenceCounter.objects.filter(pk=counter.pk).update(used=F("used") + used)
    return iter(found)
