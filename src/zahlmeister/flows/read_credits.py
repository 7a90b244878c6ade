"""What a shop credits goes back: its credit notes become refunds, and it is told which of them were paid back.

Only of prepayment and invoice orders: what a carrier has collected is refunded by a person. A credit stays in the
list of the shop until it is answered, so that nothing has to be remembered here; the same credit is the same refund.
"""

from datetime import datetime

from zahlmeister.connectors.shops.contract import SENT_BACK, Credit, ShopPort
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.merchants.verification import NotVerified
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import PaymentKind, Shop
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.queries import settings_of
from zahlmeister.refunds.states import Origin, RefundState
from zahlmeister.refusals import Refusal

_KINDS = (PaymentKind.PREPAYMENT, PaymentKind.INVOICE)


def take_credits(shop: Shop, port: ShopPort, *, at: datetime) -> int:
    """Take over what an open shop credits, if the merchant wants that, and answer what was paid back.

    Returns:
        How many refunds are new.

    Raises:
        Unreachable: the shop broke off; what was taken stays.
    """
    if not settings_of(shop.merchant_id).from_shop:
        return 0
    return sum(_take(shop, port, credit, at) for credit in port.credits())


def _take(shop: Shop, port: ShopPort, credit: Credit, at: datetime) -> bool:
    source = f"shop:{shop.pk}:{credit.key}"[:120]
    known = Refund.objects.filter(merchant_id=shop.merchant_id, source=source).first()
    if known is not None:
        if known.state == RefundState.PAID:
            port.answer_credit(credit.key, SENT_BACK, known.reference)
        return False
    rows = OpenItem.objects.filter(merchant_id=shop.merchant_id, order__shop=shop, order__number=credit.order_number)
    item = rows.filter(order__payment_kind__in=_KINDS).first()
    if item is None:
        return False
    try:
        amount = credit.amount or Amount.parse(credit.told, item.currency)
        asked = Asked(source, amount, Origin.SHOP, shop=shop, external_reference=credit.key[:64])
        ask_refund(shop.merchant, item.pk, asked, by=f"shop:{shop.name}"[:120], at=at)
    except NotVerified:
        return False  # asked for again with the next reading
    except Refusal as refusal:
        port.answer_credit(credit.key, str(refusal), "")
        return False
    return True
