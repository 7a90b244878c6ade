"""The page of the limits: an owner changes them, nobody else."""

from django.test import Client
from tests.office.conftest import signed_in
from tests.office.test_rights import works
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Membership, Person, Role
from zahlmeister.merchants.rights import Right

PAGE = "/transfers/limits"


def test_an_owner_changes_the_limits_once(stage: Stage, office: Client) -> None:
    assert "1,000.00" in office.get(PAGE).content.decode() or "1000.00" in office.get(PAGE).content.decode()
    for _ in range(2):
        assert office.post(PAGE, {"four_eyes": "250.00", "days": "7"}).status_code == 302
    stage.merchant.refresh_from_db()
    assert (stage.merchant.four_eyes_above_minor, stage.merchant.return_after_days) == (25_000, 7)
    assert len(list(steps_of(stage.merchant.pk, "settings", stage.merchant.pk))) == 1


def test_a_clerk_cannot_lift_the_limit(stage: Stage) -> None:
    clerk = Person.objects.create_user("carl@wollstube.example", "sehr-geheim-2026", name="Carl")
    Membership.objects.create(merchant=stage.merchant, person=clerk, role=Role.CLERK)
    answer = signed_in(clerk).post(PAGE, {"four_eyes": "99999", "days": "7"})
    assert answer.status_code == 422
    assert "Only an owner" in answer.content.decode()
    stage.merchant.refresh_from_db()
    assert stage.merchant.four_eyes_above_minor == 100_000


def test_who_may_not_read_the_settings_reads_what_became_of_the_limits_and_is_led_nowhere(
    stage: Stage, office: Client
) -> None:
    office.post(PAGE, {"four_eyes": "250.00", "days": "7"})
    mine = office.get(PAGE).content.decode().partition("History")[2]
    assert "/settings/history" in mine
    paula = signed_in(works(stage.merchant, money_out=Right.READ, settings=Right.NONE))
    theirs = paula.get(PAGE).content.decode().partition("History")[2]
    assert theirs.count("<del>") == mine.count("<del>") == 2
    assert "/settings/history" not in theirs


def test_what_makes_no_sense_is_said(stage: Stage, office: Client) -> None:
    for said in (
        {"four_eyes": "much", "days": "7"},
        {"four_eyes": "10", "days": "0"},
        {"four_eyes": "-1", "days": "7"},
    ):
        assert office.post(PAGE, said).status_code == 422


def test_a_split_that_is_refused_is_drawn_again_with_the_reason(stage: Stage, office: Client) -> None:
    stage.orders(order("1001", "24.98"), order("1002", "49.90", "Bernd Krause"))
    stage.pays(Paid(3333, "danke", "Unbekannt Verzogen", BERND))
    payment = stage.payment()
    shares = {
        "item": [stage.item("1001").pk, stage.item("1002").pk], "amount": ["20.00", "20.00"], "key": "k", "split": "1",
    }  # fmt: skip
    answer = office.post(f"/payments/{payment.pk}/assign", shares)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "are left to assign" in page
    assert page.count('value="20.00"') == 2
