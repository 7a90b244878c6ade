"""A letter's values as a flow would gather them."""

from collections.abc import Mapping

from tests.letters.asked import GERMAN

from zahlmeister.formats.payment_codes.asked import Asked
from zahlmeister.letters.blocks import claim, greeting, office_page, payment_details, payment_page
from zahlmeister.letters.compose import Block, Letter, compose
from zahlmeister.letters.kinds import ABOUT, Kind
from zahlmeister.letters.look import Look
from zahlmeister.letters.texts.read import text_of
from zahlmeister.money.amount import Amount

PAGE = "https://pay.example/pay/abc"
LOOK = Look(
    name="Brigittes Wollstube",
    address="zahlung@wollstube.example",
    reply_to="hallo@wollstube.example",
    imprint="Brigittes Wollstube GmbH · Bahnhofstr. 1 · 80335 München\nAmtsgericht München, HRB 1",
    postal=("Bahnhofstr. 1", "80335 München"),
)


def values(language: str, asked: Asked = GERMAN) -> Mapping[str, str | Block]:
    """A value for every placeholder there is."""
    plain = {name: f"[{name}]" for about in ABOUT.values() for name in about.placeholders}
    return plain | {
        "greeting": greeting("Anna Weber", language),
        "reference": "KACDEFGH",
        "payment_details": payment_details(asked, language),
        "payment_page": payment_page(PAGE, language),
        "office_page": office_page(PAGE, language),
        "claim": claim([("Offener Betrag", Amount(4990, "EUR")), ("Mahngebühr", Amount(250, "EUR"))], language),
    }


def letter(kind: Kind, language: str) -> Letter:
    text, spoken = text_of(kind, language)
    return compose(text, values(spoken), language=spoken)
