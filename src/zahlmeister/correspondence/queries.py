"""What can be asked about letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, QuerySet

from zahlmeister.banking.outgoing_queries import paying_accounts
from zahlmeister.banking.queries import picked
from zahlmeister.correspondence.models import (
    InformationRule,
    MailAccount,
    MailReturns,
    OwnText,
    PrintAccount,
    Sender,
    SentLetter,
)
from zahlmeister.letters.house import PRIVATE
from zahlmeister.letters.kinds import Kind
from zahlmeister.orders.models import PaymentKind, Shop
from zahlmeister.orders.queries import Sought, orders_numbered
from zahlmeister.receivables.models import OpenItem
from zahlmeister.receivables.states import ItemState

_OWED = (ItemState.OPEN, ItemState.PART_PAID)


def sent_letters(merchant_id: int) -> QuerySet[SentLetter]:
    """Every letter of a merchant that others than its reader may see, newest first."""
    rows = SentLetter.objects.filter(merchant_id=merchant_id).exclude(kind__in=PRIVATE)
    return rows.select_related("order").order_by("-id")


def letters_like(merchant_id: int, text: str) -> QuerySet[SentLetter, Any]:
    """The numbers of letters whose reader or subject holds a text, or whose order's number begins with it."""
    rows = SentLetter.objects.filter(merchant_id=merchant_id).order_by()
    said = rows.filter(Sought(text=text).said_in("reader", "subject")).values("pk")
    orders = orders_numbered(merchant_id, text)
    return said.union(rows.filter(order_id__in=orders).values("pk")) if orders else said


def letters_by_id(merchant_id: int, ids: Sequence[int]) -> list[SentLetter]:
    """These letters of the merchant with their orders, in this order; foreign ones are missing from the answer."""
    found = {row.pk: row for row in picked(SentLetter.objects.select_related("order"), merchant_id, ids)}
    return [found[number] for number in ids if number in found]


def items_of(merchant_id: int, letters: Sequence[SentLetter]) -> dict[int, OpenItem]:
    """What is owed on the orders of these letters, by the order's number in the table."""
    orders = {row.order_id for row in letters if row.order_id}
    rows = OpenItem.objects.select_related("order").filter(merchant_id=merchant_id, order_id__in=orders)
    return {row.order_id: row for row in rows}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who was written to, under this mail or postal address, and how often."""

    reader: str
    count: int


def readers(merchant_id: int, limit: int) -> list[Reader]:
    """Who was written to, who was written to last first."""
    rows = SentLetter.objects.filter(merchant_id=merchant_id, sent_at__isnull=False).order_by()
    found = rows.values_list("reader").annotate(count=Count("pk"), last=Max("pk")).order_by("-last")[:limit]
    return [Reader(reader, count) for reader, count, _ in found]


def letters_of_order(merchant_id: int, order_id: int) -> list[SentLetter]:
    """The letters about an order, newest first."""
    return list(sent_letters(merchant_id).filter(order_id=order_id))


def invoice_letter(item: OpenItem) -> SentLetter | None:
    """The first payment information for an invoice that left us and did not come back; None when there is none.

    Of several, the one that says when default comes.
    """
    rows = SentLetter.objects.filter(merchant_id=item.merchant_id, order_id=item.order_id)
    rows = rows.filter(kind=Kind.INVOICE_INFORMATION, sent_at__isnull=False, bounced_at=None)
    return rows.order_by("-tells_default", "sent_at").first()


def senders_without_address(merchant_id: int) -> list[Sender]:
    """Senders whose letters carry no QR-bill although an account is Swiss: it needs the payee's whole address."""
    is_swiss = any(account.number[:2] in {"CH", "LI"} for account in paying_accounts(merchant_id))
    return [row for row in senders(merchant_id) if is_swiss and not (row.postcode and row.city and row.country)]


def senders(merchant_id: int) -> list[Sender]:
    """Who letters come from: of all shops first, then shop by shop."""
    rows = Sender.objects.filter(merchant_id=merchant_id).select_related("shop")
    return sorted(rows, key=lambda row: row.shop.name if row.shop else "")


def mail_returns(merchant_id: int) -> MailReturns | None:
    """Where the merchant hears of mails that came back; None while that is not said."""
    return MailReturns.objects.filter(merchant_id=merchant_id).first()


def print_account(merchant_id: int) -> PrintAccount | None:
    """The merchant's own print service; None when the installation's folder is used, if there is one."""
    return PrintAccount.objects.filter(merchant_id=merchant_id).first()


def mail_account(merchant_id: int) -> MailAccount | None:
    """The merchant's own mail server; None when mails leave through the installation's."""
    return MailAccount.objects.filter(merchant_id=merchant_id).first()


def rules_by_shop(merchant_id: int, shops: list[Shop]) -> list[tuple[Shop, dict[str, InformationRule]]]:
    """What is said of each shop's payment information, by kind of payment."""
    rows = list(InformationRule.objects.filter(merchant_id=merchant_id))
    return [(shop, {row.payment_kind: row for row in rows if row.shop_id == shop.pk}) for shop in shops]


def own_texts(merchant_id: int) -> set[tuple[str, str]]:
    """Which letters the merchant has words of its own for, as kind and language."""
    return set(OwnText.objects.filter(merchant_id=merchant_id).values_list("kind", "language"))


def own_text(merchant_id: int, shop_id: int | None, kind: Kind, language: str) -> OwnText | None:
    """The merchant's words for a letter, exactly of this shop."""
    rows = OwnText.objects.filter(merchant_id=merchant_id, kind=kind, language=language)
    return next((row for row in rows if row.shop_id == shop_id), None)


def example(merchant_id: int, shop_id: int | None, kind: Kind) -> OpenItem | None:
    """An order that such a letter could be about: the newest one, still open, of the right kind of payment."""
    rows = OpenItem.objects.filter(merchant_id=merchant_id, open_minor__gt=0, state__in=_OWED)
    rows = rows.select_related("order__shop", "order__merchant", "order__customer").order_by("-opened_on", "-id")
    if shop_id is not None:
        rows = rows.filter(order__shop_id=shop_id)
    return rows.filter(order__payment_kind=_paid_by(kind)).first() or rows.first()


def _paid_by(kind: Kind) -> PaymentKind:
    if kind is Kind.COD_QUESTION:
        return PaymentKind.COD
    is_invoice = kind is Kind.INVOICE_INFORMATION or kind.startswith("dunning_notice")
    return PaymentKind.INVOICE if is_invoice else PaymentKind.PREPAYMENT
