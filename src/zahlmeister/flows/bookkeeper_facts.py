"""What the bookkeeper needs to know of each posting: whose order, which number, which line of a statement."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid5

from django.db.models import F, Q

from zahlmeister.accounting.rules import About
from zahlmeister.banking.models import BankTransaction
from zahlmeister.programs.models import HandedInvoice
from zahlmeister.receivables.models import Allocation, OpenItem, Payment
from zahlmeister.refunds.models import Refund

_DOCUMENTS = UUID("8a1f6a55-4d1c-4f0e-9a3f-6f1d5d0c8b12")  # the names of documents are made from it
_AT_ONCE = 5000  # numbers in one question


@dataclass(frozen=True, slots=True)
class Fact:
    """What a subject of the books is about; the customer is 0 where nobody knows one."""

    receipt: int = 0
    is_of_order: bool = False
    customer: int = 0
    number: str = ""
    invoice_number: str = ""
    who: str = ""
    due_on: date | None = None
    file: int = 0
    item: int = 0
    invoice: int = 0  # the document of the invoice, where one is kept

    def about(self, debtors: Mapping[int, str], debtor: str, *, document: bool = False) -> About:
        """The same with the bookkeeper's account of who owes: the customer's, or that of all others.

        With `document` it names the statement file that told of the money, or the invoice where there is none.
        """
        return About(
            receipt=self.receipt,
            voucher=self.invoice_number or self.number or (str(self.receipt) if self.receipt else ""),
            order_number=self.number,
            who=self.who,
            debtor=debtors.get(self.customer, debtor) if self.is_of_order else "",
            due_on=self.due_on,
            document=self._document() if document else "",
        )

    def _document(self) -> str:
        number = self.file or self.invoice
        return document_name(number) if number else ""


def document_name(number: int) -> str:
    """The name by which a statement file or an invoice is known to the bookkeeper's program; it never changes."""
    return str(uuid5(_DOCUMENTS, str(number)))


def invoices_of(orders: Iterable[int]) -> dict[int, HandedInvoice]:
    """The document of each order's invoice that is kept: the newest of the number that the order names."""
    rows = HandedInvoice.objects.filter(order__in=list(orders)).filter(
        Q(order__invoice_number="") | Q(number=F("order__invoice_number"))
    )
    return {row.order_id: row for row in rows.order_by("created_at", "pk")}


def facts(subjects: Iterable[str]) -> dict[str, Fact]:
    """What is known of these subjects, such as `allocation:17`; what is not, is absent."""
    numbers: dict[str, list[int]] = {}
    for subject in set(subjects):
        kind, _, number = subject.partition(":")
        if number.isdecimal():
            numbers.setdefault(kind, []).append(int(number))
    return {
        f"{kind}:{number}": fact
        for kind, look in _LOOKS.items()
        for some in _some(numbers.get(kind, []))
        for number, fact in look(some)
    }


def _items(numbers: Sequence[int]) -> Iterator[tuple[int, Fact]]:
    items = list(OpenItem.objects.filter(pk__in=numbers).select_related("order"))
    kept = invoices_of(item.order_id for item in items)
    for item in items:
        invoice = kept.get(item.order_id)
        yield item.pk, replace(_of_item(item), invoice=invoice.pk if invoice else 0)


def _allocations(numbers: Sequence[int]) -> Iterator[tuple[int, Fact]]:
    for row in Allocation.objects.filter(pk__in=numbers).select_related("item__order", "payment__transaction"):
        yield row.pk, _of_item(row.item, row.payment.transaction if row.payment else None)


def _payments(numbers: Sequence[int]) -> Iterator[tuple[int, Fact]]:
    for payment in Payment.objects.filter(pk__in=numbers).select_related("transaction"):
        yield payment.pk, _of_line(payment.transaction)


def _transactions(numbers: Sequence[int]) -> Iterator[tuple[int, Fact]]:
    for line in BankTransaction.objects.filter(pk__in=numbers):
        yield line.pk, _of_line(line)


def _refunds(numbers: Sequence[int]) -> Iterator[tuple[int, Fact]]:
    for refund in Refund.objects.filter(pk__in=numbers).select_related("item__order", "payment__transaction"):
        if refund.item is not None:
            yield refund.pk, _of_item(refund.item)
        elif refund.payment is not None:
            yield refund.pk, _of_line(refund.payment.transaction)


def _of_item(item: OpenItem, line: BankTransaction | None = None) -> Fact:
    order = item.order
    return Fact(
        receipt=line.pk if line else 0,
        file=line.first_import_id if line else 0,
        is_of_order=True,
        item=item.pk,
        customer=order.customer_id or 0,
        number=order.number,
        invoice_number=order.invoice_number,
        who=order.debtor,
        due_on=item.due_on,
    )


def _of_line(line: BankTransaction) -> Fact:
    return Fact(receipt=line.pk, file=line.first_import_id, who=line.counterparty or line.remittance[:60])


def _some(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield numbers[start : start + _AT_ONCE]


_LOOKS: dict[str, Callable[[Sequence[int]], Iterator[tuple[int, Fact]]]] = {
    "item": _items,
    "allocation": _allocations,
    "payment": _payments,
    "transaction": _transactions,
    "refund": _refunds,
}
