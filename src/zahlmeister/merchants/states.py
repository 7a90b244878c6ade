"""How far the verification of a merchant is: whether we know whose money we would send away."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verification(models.TextChoices):
    """Whether it is proven who a merchant is. Money may come in without; none leaves to anybody but its sender."""

    MISSING = "missing", _("not yet verified")
    SUBMITTED = "submitted", _("being verified")
    VERIFIED = "verified", _("verified")
    FAILED = "failed", _("verification failed")


NEXT_VERIFICATION = {
    Verification.MISSING: {Verification.SUBMITTED, Verification.VERIFIED, Verification.FAILED},
    Verification.SUBMITTED: {Verification.MISSING, Verification.VERIFIED, Verification.FAILED},
    Verification.VERIFIED: {Verification.MISSING, Verification.FAILED},  # what was proven may have ended
    Verification.FAILED: {Verification.SUBMITTED, Verification.VERIFIED},
}
