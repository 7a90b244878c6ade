"""Which documents prove who a merchant is, by legal form; the duty to identify whose money is held (GwG § 11)."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class LegalForm(models.TextChoices):
    """What a business is, as far as its proof differs."""

    SOLE = "sole", _("sole trader, not in the commercial register")
    REGISTERED = "registered", _("in the commercial register (GmbH, UG, e. K., OHG, KG, AG)")
    PARTNERSHIP = "partnership", _("partnership under civil law (GbR), freelancers")
    ASSOCIATION = "association", _("association, foundation, public body")


class Proof(models.TextChoices):
    """What can be handed in."""

    TRADE = "trade", _("trade licence")
    REGISTER = "register", _("current extract of the register")
    IDENTITY = "identity", _("passport or identity card")
    STATUTE = "statute", _("statute, or a letter of the authority")
    ENTREPRENEUR = "entrepreneur", _("signed confirmation to be an entrepreneur")
    ACCOUNT = "account", _("the bank's proof of whose the account is")


#: What each form is asked for. Associations have no trade licence; a register proves who acts for a company.
WANTED: Mapping[LegalForm, tuple[Proof, ...]] = {
    LegalForm.SOLE: (Proof.TRADE, Proof.IDENTITY),
    LegalForm.REGISTERED: (Proof.TRADE, Proof.REGISTER),
    LegalForm.PARTNERSHIP: (Proof.TRADE, Proof.IDENTITY),
    LegalForm.ASSOCIATION: (Proof.STATUTE,),
}
#: Countries whose companies prove no more than that.
NEAR = frozenset({
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LI", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip


def wanted(form: LegalForm, *, country: str, has_vat_id: bool) -> tuple[Proof, ...]:
    """What has to be handed in.

    Args:
        form: what the business is.
        country: where it sits, as two letters.
        has_vat_id: whether it has a VAT id, or the Swiss company id; without, it says itself that it is a business.
    """
    more = [] if has_vat_id else [Proof.ENTREPRENEUR]
    more += [] if country in NEAR else [Proof.ACCOUNT]
    return (*WANTED[form], *more)
