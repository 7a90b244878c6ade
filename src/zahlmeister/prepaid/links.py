"""The link by which a customer signs in: signed, numbered, good for twenty minutes and for one time."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer

from zahlmeister.merchants.models import Merchant
from zahlmeister.prepaid.models import Customer

#: So long a link can be used.
LASTS = timedelta(minutes=20)
#: One that a shop hands on at once need not last longer.
LASTS_FROM_SHOP = timedelta(minutes=5)
#: So long after one was sent, another is not.
REST = timedelta(minutes=1)

_SALT = "zahlmeister.portal.centre-link"


def address(merchant: Merchant) -> str:
    """Where the customer centre of a merchant begins; ends with a slash."""
    return f"{settings.PUBLIC_ADDRESS}/centre/{merchant.slug}/"


def sign_in_address(customer: Customer) -> str:
    """The address that signs a customer in, by the newest link."""
    return f"{address(customer.merchant)}in/{token(customer)}"


def token(customer: Customer) -> str:
    """What stands for the newest link of a customer in an address."""
    return Signer(salt=_SALT, sep=".").sign(f"{customer.pk}-{customer.link}")


def customer_behind(merchant_id: int, text: str, *, at: datetime) -> tuple[Customer, int] | None:
    """The customer of this merchant a token stands for, and the number of its link; None when it cannot be used."""
    try:
        number, _hyphen, link = Signer(salt=_SALT, sep=".").unsign(text).partition("-")
    except BadSignature:
        return None
    customer = Customer.objects.filter(merchant_id=merchant_id, pk=int(number), link=int(link)).first()
    is_good = customer is not None and customer.link_until is not None and at < customer.link_until
    return (customer, int(link)) if customer is not None and is_good else None
