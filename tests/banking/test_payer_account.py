"""Where money cannot be sent back to, a person is asked for an account."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zahlmeister.banking.payer_account import Origin, Unusable, unusable

ANNA = "DE89370400440532013000"
OURS = "DE02120300000000202051"
OURS_BANK_INTERNAL = "DE72120300000000000001"


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        (Origin(ANNA, "Anna Weber", bank_code="166"), None),
        (Origin("CH9300762011623852957", "Beat Keller"), None),
        (Origin("TR330006100519786457841326", "Ayse Kaya", bank_code="202"), None),
        (Origin(ANNA, "Anna Weber", booking_text="SB-Einzahlung"), Unusable.CASH),
        (Origin("", "GENODE61FR1", remittance="SB-EINZAHLUNG Musterweg 7 GA 0731"), Unusable.CASH),
        (Origin("", "", bank_code="082"), Unusable.CASH),
        (Origin("", "", bank_code="PMNT-CNTR-CDPT"), Unusable.CASH),
        (Origin(ANNA, "DHL Paket GmbH"), Unusable.CARRIER),
        (Origin("AT611904300234573201", "Österreichische Post AG"), Unusable.CARRIER),
        (Origin(ANNA, "General Logistics Systems Germany GmbH & Co. OHG"), Unusable.CARRIER),
        (Origin(ANNA, "GLS Gemeinschaftsbank eG"), None),
        (Origin("LU89751000135104200E", "PayPal Europe S.a.r.l. et Cie S.C.A"), Unusable.PROVIDER),
        (Origin(OURS, "Brigitte Berger", own_number=OURS), Unusable.OWN),
        (Origin("0000000000", ""), Unusable.BANK_INTERNAL),
        (Origin("12", "Sparkasse"), Unusable.BANK_INTERNAL),
        (Origin("", "GENODE61FR1"), Unusable.BANK_INTERNAL),
        (Origin(OURS_BANK_INTERNAL, "Deutsche Kreditbank", own_number=OURS), Unusable.BANK_INTERNAL),
        (Origin("", "John Smith", bank_code="202"), Unusable.FOREIGN),
        (Origin("123456789", "John Smith", bank_code="PMNT-RCDT-XBCT"), Unusable.FOREIGN),
        (Origin("", "Anna Weber", bank_code="166"), Unusable.NONE),
        (Origin(), Unusable.NONE),
        (Origin("DE89370400440532013001", "Anna Weber"), Unusable.INVALID),
    ],
)
def test_where_money_can_be_sent_back_to(origin: Origin, reason: Unusable | None) -> None:
    assert unusable(origin) == reason


@pytest.mark.parametrize(
    "name",
    [
        "Hermesmann, Karl",
        "Upsala Möbel",
        "Postler, Eva",
        "Stripecke Anna",
        "Karl Hermes",
        "Hermes, Karl",
        "Sparkassen-Fan Otto",
    ],
)
def test_people_whose_names_begin_like_a_company_are_people(name: str) -> None:
    assert unusable(Origin(ANNA, name)) is None


@given(st.builds(Origin, *[st.text(max_size=40)] * 6))
@example(Origin("²", "Anna Weber"))  # a digit, and no number
def test_whatever_a_bank_writes_gets_an_answer(origin: Origin) -> None:
    answer = unusable(origin)
    assert answer is None or answer in Unusable
