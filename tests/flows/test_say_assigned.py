"""Whatever a guarantor writes to a buyer says to whom the claim belongs; what merchants ask for themselves does not."""

from pathlib import Path

import pytest
from django.test import Client
from tests.guaranteed import Market
from tests.stage import ACCOUNT, order

from zahlmeister.correspondence.models import OwnText, Sender
from zahlmeister.correspondence.pages import token
from zahlmeister.flows.write_letter import Written, write_about
from zahlmeister.letters.compose import Details
from zahlmeister.letters.kinds import Kind
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.models import OpenItem

GERMAN = "Die Forderung aus dieser Rechnung wurde an Sicherkauf AG abgetreten."
ENGLISH = "The claim of this invoice was assigned to Sicherkauf AG."
ASKING = (Kind.INVOICE_INFORMATION, Kind.UNDERPAID, *(Kind(f"dunning_notice_{level}") for level in range(1, 6)))


@pytest.fixture
def market(merchant: Merchant, tmp_path: Path) -> Market:
    made = Market(merchant, tmp_path)
    for each in (merchant, made.party):
        Sender.objects.create(merchant=each, name=each.name, address="zahlung@sicherkauf.example")
    made.confirms()
    made.bills()
    return made


def written(item: OpenItem, kind: Kind, language: str = "de") -> Written:
    claims = [("principal", Amount(item.open_minor, "EUR"))] if kind.startswith("dunning") else None
    return write_about(item, kind, language=language, claims=claims)


def said(letter: Written) -> list[str]:
    return [getattr(block, "words", type(block).__name__) for block in letter.letter.blocks]


@pytest.mark.parametrize("kind", ASKING)
def test_who_is_asked_for_money_is_told_whom_he_can_pay(market: Market, kind: Kind) -> None:
    item = market.capture().item
    parts = said(written(item, kind))
    place = parts.index(Details.__name__) + 1
    assert parts[place].startswith(GERMAN)
    assert f"IBAN {' '.join(ACCOUNT[start : start + 4] for start in range(0, len(ACCOUNT), 4))}" in parts[place]
    assert market.capture().reference in parts[place]
    assert sum(GERMAN in part for part in parts) == 1


@pytest.mark.parametrize(("language", "words"), [("de-du", GERMAN), ("en", ENGLISH), ("fr", "cédée"), ("it", "ceduto")])
def test_it_is_told_in_the_letters_language(market: Market, language: str, words: str) -> None:
    letter = written(market.capture().item, Kind.INVOICE_INFORMATION, language)
    assert any(words in part for part in said(letter))


def test_the_guarantors_own_words_do_not_leave_it_out(market: Market) -> None:
    OwnText.objects.create(
        merchant=market.party, kind="dunning_notice_1", language="de", subject="Bitte zahlen", body="Offen ist etwas."
    )
    parts = said(written(market.capture().item, Kind.DUNNING_NOTICE_1))
    assert parts[0] == "Offen ist etwas."
    assert parts[1].startswith(GERMAN)


def test_who_is_thanked_is_told_nothing_of_it(market: Market) -> None:
    market.buyer_pays(10_000, market.capture().reference)
    assert not any(GERMAN in part for part in said(written(market.capture().item, Kind.PAID)))


def test_what_the_merchant_asks_for_himself_was_assigned_to_nobody(market: Market) -> None:
    own = market.sellers_stage()
    own.orders(order("2002", "49.90", payment_kind="invoice", email="bernd@post.example"))
    assert not any("abgetreten" in part for part in said(written(own.item("2002"), Kind.INVOICE_INFORMATION)))
    page = Client().get(f"/pay/{token(own.item('2002').pk)}", {"language": "de"}).content.decode()
    assert "abgetreten" not in page


def test_the_payment_page_says_it_as_long_as_something_is_open(market: Market) -> None:
    address = f"/pay/{token(market.capture().item_id)}"
    assert GERMAN in Client().get(address, {"language": "de"}).content.decode()
    assert ENGLISH in Client().get(address, {"language": "en"}).content.decode()
    market.buyer_pays(10_000, market.capture().reference)
    assert "abgetreten" not in Client().get(address, {"language": "de"}).content.decode()
