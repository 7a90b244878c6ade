"""Passwords that somebody who knows the house would try first."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from zahlmeister.merchants.models import Membership, Person

#: Words of the house and of its trade. Beside them no password is made of the merchant's own name.
WORDS = (
    "zahlmeister", "password", "passwort", "kennwort", "admin", "inhaber", "owner", "buchhaltung", "buchhalter",
    "accountant", "office", "buero", "büro", "kasse", "konto", "account", "bank", "rechnung", "invoice", "zahlung",
    "payment", "bestellung", "order", "mahnung", "shop", "laden", "operator", "betreiber", "test", "demo",
)  # fmt: skip
#: So many letters a password has at least beside such words; figures and signs around them are soon tried.
LETTERS = 6


class HouseWords:
    """Refuses what consists of such words, with figures, signs and a few letters around them."""

    def validate(self, password: str, user: Person | None = None) -> None:
        """Look at a password that somebody wants to have.

        Raises:
            ValidationError: little is left of it without the words.
        """
        words = sorted({*WORDS, *_of_merchants(user)}, key=len, reverse=True)
        rest = re.sub("|".join(map(re.escape, words)), "", password.casefold())
        has_words = len(rest) < len(password)
        if has_words and sum(sign.isalpha() for sign in rest) < LETTERS:
            raise ValidationError(_("The password is made of words that everybody here knows. Take others."))

    def get_help_text(self) -> str:
        """What Django shows beside a field."""
        return _("The password is made of words that everybody here knows. Take others.")


def _of_merchants(user: Person | None) -> set[str]:
    """The words of the names of merchants that somebody works for."""
    if user is None or user.pk is None:
        return set()
    names = Membership.objects.filter(person=user).values_list("merchant__name", flat=True)
    return {word for name in names for word in re.findall(r"\w{4,}", name.casefold())}
