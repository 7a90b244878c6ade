"""The link by which a declined buyer asks for a person: signed, and of use only while nobody has looked."""

from django.conf import settings
from django.core.signing import BadSignature, Signer

from zahlmeister.credit.models import CreditDecision

_SALT = "zahlmeister.portal.credit-review"


def token(decision_id: int) -> str:
    """What stands for a decision in an address."""
    return Signer(salt=_SALT, sep=".").sign(str(decision_id))


def address(decision_id: int) -> str:
    """The address of the buyer's page; a shop shows it beside the public text of a decline."""
    return f"{settings.PUBLIC_ADDRESS}/review/{token(decision_id)}"


def decision_behind(text: str) -> CreditDecision | None:
    """The decision that a token stands for; None when the signature is not ours or the decision is gone."""
    try:
        number = Signer(salt=_SALT, sep=".").unsign(text)
    except BadSignature:
        return None
    return CreditDecision.objects.filter(pk=int(number)).select_related("merchant").first()
