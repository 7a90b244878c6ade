"""The link by which a buyer says where a refund is to go. It is signed, numbered and runs out.

Whoever holds the newest link may confirm or change the account. An older one, or one whose time is over, only has a new
one sent to the buyer's address.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer

from zahlmeister.refunds.models import Refund

#: So long a link can be used.
LASTS = timedelta(days=30)
#: So long after one was sent, another is not.
REST = timedelta(hours=1)

_SALT = "zahlmeister.portal.refund-page"


def token(refund: Refund) -> str:
    """What stands for the newest link of a refund in an address."""
    return Signer(salt=_SALT, sep=".").sign(f"{refund.pk}-{refund.link}")


def address(refund: Refund) -> str:
    """The address of the buyer's page."""
    return f"{settings.PUBLIC_ADDRESS}/refund/{token(refund)}"


def refund_behind(text: str) -> tuple[Refund, bool] | None:
    """The refund a token stands for, and whether its link is the newest; None when the signature is not ours."""
    try:
        number, _hyphen, link = Signer(salt=_SALT, sep=".").unsign(text).partition("-")
    except BadSignature:
        return None
    refund = Refund.objects.filter(pk=int(number)).select_related("merchant", "item__order__shop").first()
    return None if refund is None or refund.item is None else (refund, int(link) == refund.link)


def is_open(refund: Refund, *, is_newest: bool, at: datetime) -> bool:
    """Whether the account can be confirmed or changed by a link."""
    return is_newest and refund.link_until is not None and at < refund.link_until


def was_just_sent(refund: Refund, *, at: datetime) -> bool:
    """Whether a link went out so recently that nobody needs another one yet."""
    return refund.link_until is not None and at < refund.link_until - LASTS + REST
