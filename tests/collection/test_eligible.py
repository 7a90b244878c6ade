"""Who can be handed over, and why the others cannot."""

from dataclasses import replace
from datetime import date

import pytest

from zahlmeister.collection.eligible import Facts, Hindrance, barred_after, hindrances

TODAY = date(2026, 11, 2)
EVA = Facts(  # she never pays
    open_minor=8990,
    country="DE",
    notices_after_due=3,
    default_since=date(2026, 8, 20),
    due_on=date(2026, 8, 1),
    name="Eva Ehrlich",
    street="Lindenweg 4",
    postcode="20095",
    city="Hamburg",
    invoice_number="RE-1044",
    least_minor=500,
)


def test_eva_can_be_handed_over() -> None:
    assert list(hindrances(EVA, today=TODAY)) == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"is_handed_over": True}, Hindrance.HANDED_OVER),
        ({"open_minor": 0}, Hindrance.NOT_OWED),
        ({"is_on_invoice": False}, Hindrance.NOT_ON_INVOICE),
        ({"is_test": True}, Hindrance.TEST_SHOP),
        ({"is_gone": True}, Hindrance.GONE),
        ({"notices_after_due": 0}, Hindrance.NOT_REMINDED),
        ({"has_levels_left": True}, Hindrance.LEVELS_LEFT),
        ({"default_since": None}, Hindrance.NOT_IN_DEFAULT),
        ({"default_since": date(2026, 11, 3)}, Hindrance.NOT_IN_DEFAULT),
        ({"is_disputed": True}, Hindrance.DISPUTED),
        ({"is_returned": True}, Hindrance.RETURNED),
        ({"is_blocked": True}, Hindrance.BLOCKED),
        ({"has_waiting_payment": True}, Hindrance.WAITING_PAYMENT),
        ({"is_bank_stale": True}, Hindrance.STALE_BANK),
        ({"open_minor": 499}, Hindrance.TOO_LITTLE),
        ({"due_on": date(2022, 12, 31)}, Hindrance.TOO_OLD),
        ({"name": " "}, Hindrance.NO_NAME),
        ({"street": ""}, Hindrance.NO_POSTAL_ADDRESS),
        ({"postcode": ""}, Hindrance.NO_POSTAL_ADDRESS),
        ({"city": ""}, Hindrance.NO_POSTAL_ADDRESS),
        ({"invoice_number": ""}, Hindrance.NO_INVOICE_NUMBER),
        ({"has_agency": False}, Hindrance.NO_AGENCY),
        ({"is_creditor_complete": False}, Hindrance.CREDITOR_INCOMPLETE),
        ({"is_verified": False}, Hindrance.NOT_VERIFIED),
    ],
)
def test_each_reason_stands_on_its_own(changed: dict[str, object], why: Hindrance) -> None:
    assert list(hindrances(replace(EVA, **changed), today=TODAY)) == [why]  # type: ignore[arg-type]


def test_every_reason_is_tried_above() -> None:
    everything = Facts(open_minor=0, country="DE", is_on_invoice=False, is_test=True, has_agency=False)
    assert set(hindrances(everything, today=TODAY)) < set(Hindrance)


@pytest.mark.parametrize(
    ("country", "due", "last"),
    [
        ("DE", date(2023, 1, 2), date(2026, 12, 31)),
        ("DE", date(2023, 12, 31), date(2026, 12, 31)),
        ("AT", date(2023, 5, 10), date(2026, 5, 10)),
        ("AT", date(2024, 2, 29), date(2027, 2, 28)),
        ("CH", date(2021, 5, 10), date(2026, 5, 10)),
        ("NL", date(2001, 1, 1), None),
    ],
)
def test_time_bars_a_claim_by_the_law_of_its_country(country: str, due: date, last: date | None) -> None:
    assert barred_after(country, due) == last
