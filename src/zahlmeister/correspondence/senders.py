"""Who a letter comes from, in whose words, and in which language."""

from zahlmeister.correspondence.models import OwnText, Sender
from zahlmeister.letters.figures import spoken
from zahlmeister.letters.kinds import ABOUT, Kind, Reader
from zahlmeister.letters.look import Look
from zahlmeister.letters.texts.read import LANGUAGES, Text, text_of
from zahlmeister.orders.models import Order

#: How shops write a language in words, by its first letters; all others begin with its code.
_IN_WORDS = {
    "ger": "de",
    "all": "de",
    "ted": "de",
    "engl": "en",
    "ang": "en",
    "ingl": "en",
    "franz": "fr",
    "ital": "it",
}


def sender_of(merchant_id: int, shop_id: int | None) -> Sender | None:
    """The sender of a shop's letters: its own, else that of all shops; None when nobody is set up."""
    rows = Sender.objects.filter(merchant_id=merchant_id)
    found = {row.shop_id: row for row in rows}
    return found.get(shop_id) or found.get(None)


def language_of(order: Order, kind: Kind, sender: Sender) -> str:
    """The language of a letter: the order's when its buyer reads it, as far as we have it; else the sender's.

    Shops write it as `de`, `de-AT`, `fr_CH` or `Deutsch`. German is with Du where the sender's is.
    """
    if ABOUT[kind].reader is Reader.MERCHANT:
        return sender.language
    told = order.language.strip().lower()
    code = next((code for word, code in _IN_WORDS.items() if told.startswith(word)), told[:2])
    return code if code in LANGUAGES and code != spoken(sender.language) else sender.language


def look_of(sender: Sender) -> Look:
    """A sender as letters show it."""
    town = " ".join(part for part in (sender.postcode, sender.city) if part)
    return Look(
        name=sender.name,
        address=sender.address,
        reply_to=sender.reply_to,
        colour=sender.colour,
        logo=bytes(sender.logo),
        imprint=sender.imprint,
        postal=tuple(part for part in (sender.street, town) if part),
    )


def wording(merchant_id: int, shop_id: int | None, kind: Kind, language: str) -> tuple[Text, str]:
    """The words of a letter and the language they are in: the shop's own, the merchant's own, or the house's."""
    text, spoken = text_of(kind, language)
    rows = OwnText.objects.filter(merchant_id=merchant_id, kind=kind, language__in={language, spoken})
    own = {(row.language, row.shop_id): Text(row.subject, row.body) for row in rows}
    for key in ((language, shop_id), (language, None), (spoken, shop_id), (spoken, None)):
        if key in own:
            return own[key], key[0]
    return text, spoken
