"""Whether a merchant is verified: before that, no refund and no payout leaves."""

from datetime import date

from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.states import NEXT_VERIFICATION, Verification
from zahlmeister.refusals import Refused


class NotVerified(Refused):
    """The merchant must be verified first."""


def require_verified(merchant: Merchant) -> None:
    """Make sure that the merchant is verified, as the database knows it now.

    Raises:
        NotVerified: it is not.
    """
    if verification_of(merchant) != Verification.VERIFIED:
        raise NotVerified(f"“{merchant.name}” is not verified; until then no refund and no payout leaves.")


def verification_of(merchant: Merchant) -> Verification:
    """How far the verification is, as the database knows it now."""
    return Verification(Merchant.objects.values_list("verification", flat=True).get(pk=merchant.pk))


def move_verification(merchant: Merchant, state: Verification, *, on: date) -> bool:
    """Bring the verification into another state, inside the caller's transaction.

    Returns:
        Whether that was news.

    Raises:
        Refused: no way leads there, or somebody else was quicker.
    """
    before = verification_of(merchant)
    if before == state:
        return False
    if state not in NEXT_VERIFICATION[before]:
        raise Refused(f"A merchant that is “{before.label}” cannot become “{state.label}”.")
    if not Merchant.objects.filter(pk=merchant.pk, verification=before).update(verification=state, verification_on=on):
        raise Refused("Somebody else has just changed the verification; look again.")
    merchant.refresh_from_db(fields=["verification", "verification_on"])
    return True
