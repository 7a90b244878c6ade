"""Paula lost her second factor: one owner asks to take it away, another one agrees, and her mailbox brings her back."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from click.testing import CliRunner
from django.test import Client
from tests.dying import Killed, dying
from tests.office.conftest import PASSWORD, signed_in
from tests.office.test_own_access import with_app
from tests.office.test_people import mails
from tests.office.test_rights import works
from tests.stage import Stage

from zahlmeister.cli.main import main
from zahlmeister.flows.people import lost_factor
from zahlmeister.flows.people.lost_factor import agree_to_take, ask_to_take, standing, withdraw_taking
from zahlmeister.history.models import Step
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.models import FactorLoss, Membership, Merchant, Person, Role
from zahlmeister.refusals import Refused

WHY = "Called back at the number we know"
NEW = "anderes-geheim-2027"


def owner(merchant: Merchant, email: str) -> Person:
    person = Person.objects.create_user(email, PASSWORD, name=email.partition("@")[0].capitalize())
    Membership.objects.create(merchant=merchant, person=person, role=Role.OWNER)
    return person


@pytest.fixture
def paula(stage: Stage) -> Person:
    """She clears payments, and her phone with the codes is gone."""
    person = works(stage.merchant)
    with_app(person)
    return person


def test_paula_comes_back_by_two_owners_and_her_mailbox(
    stage: Stage, office: Client, paula: Person, client: Client
) -> None:
    olga, at_work = owner(stage.merchant, "olga@wollstube.example"), signed_in(paula)
    office.post(f"/people/{paula.pk}/lost", {"why": WHY})
    (row,) = FactorLoss.objects.all()
    assert mails(HouseKind.FACTOR_ASKED)[0].payload["reader"] == paula.email  # she can say that it was not her
    assert WHY in office.get("/people/").content.decode()
    assert at_work.get("/payments/").status_code == 200  # nothing has changed yet

    signed_in(olga).post(f"/people/lost/{row.pk}/agree")

    assert not Authenticator.objects.filter(user=paula).exists()
    assert at_work.get("/payments/").status_code == 302
    assert client.post("/sign-in/", {"username": paula.email, "password": PASSWORD}).status_code == 200  # not let in
    (mail,) = mails(HouseKind.FACTOR_TAKEN)
    assert client.post(mail.payload["page"], {"password": NEW}).status_code == 302
    assert client.post("/sign-in/", {"username": paula.email, "password": NEW}).headers["Location"] == "/"
    verbs = Step.objects.filter(merchant=stage.merchant, subject="person", subject_id=paula.pk)
    assert list(verbs.order_by("ordinal").values_list("verb", flat=True))[:2] == ["factor_asked", "factor_taken"]


def test_nobody_takes_it_alone_and_nobody_their_own(stage: Stage, brigitte: Person, paula: Person) -> None:
    row = ask_to_take(stage.merchant, paula, WHY, by=brigitte, at=stage.now)
    clerk = Person.objects.create_user("klaus@wollstube.example", PASSWORD, name="Klaus")
    Membership.objects.create(merchant=stage.merchant, person=clerk)
    for somebody in (brigitte, paula, clerk):
        with pytest.raises(Refused, match="Another owner has to agree"):
            agree_to_take(row, by=somebody, at=stage.now)
    for somebody, whose in ((clerk, paula), (brigitte, brigitte)):
        with pytest.raises(Refused, match="Only an owner may ask"):
            ask_to_take(stage.merchant, whose, WHY, by=somebody, at=stage.now)
    with pytest.raises(Refused, match="Only an owner"):
        withdraw_taking(row, by=clerk, at=stage.now)
    assert Authenticator.objects.filter(user=paula).exists()


def test_who_works_for_others_too_is_the_operators(
    stage: Stage, neighbour: Stage, brigitte: Person, paula: Person
) -> None:
    Membership.objects.create(merchant=neighbour.merchant, person=paula, role=Role.OWNER)
    with pytest.raises(Refused, match="only the operator"):
        ask_to_take(stage.merchant, paula, WHY, by=brigitte, at=stage.now)
    runs = Merchant.objects.get_or_create(is_operator=True, defaults={"name": "Zahlstelle", "slug": "zahlstelle"})[0]
    otto, oda = owner(runs, "otto@zahlstelle.example"), owner(runs, "oda@zahlstelle.example")
    signed_in(otto).post(f"/people/{paula.pk}/lost", {"why": WHY})
    desk = signed_in(oda)
    assert WHY in desk.get("/operator/").content.decode()
    answer = desk.post(f"/people/lost/{FactorLoss.objects.get(person=paula).pk}/agree")
    assert answer.headers["Location"] == "/operator/"
    assert not Authenticator.objects.filter(user=paula).exists()
    told = Step.objects.filter(verb="factor_taken").values_list("merchant", flat=True)
    assert set(told) == {stage.merchant.pk, neighbour.merchant.pk}


def test_asked_twice_is_once_and_over_is_over(stage: Stage, brigitte: Person, paula: Person) -> None:
    olga = owner(stage.merchant, "olga@wollstube.example")
    rows = {ask_to_take(stage.merchant, paula, WHY, by=brigitte, at=stage.now).pk for _ in range(2)}
    assert len(rows) == len(mails(HouseKind.FACTOR_ASKED)) == 1
    row = FactorLoss.objects.get()
    late = stage.now + lost_factor.LASTS
    assert not standing(late).exists()
    with pytest.raises(Refused, match="This is over"):
        agree_to_take(row, by=olga, at=late)
    another = ask_to_take(stage.merchant, paula, WHY, by=brigitte, at=late)
    withdraw_taking(another, by=olga, at=late)
    with pytest.raises(Refused, match="This is over"):
        agree_to_take(another, by=olga, at=late + timedelta(minutes=1))
    assert Authenticator.objects.filter(user=paula).exists()


def test_dying_on_the_way_takes_nothing(
    stage: Stage, brigitte: Person, paula: Person, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    olga = owner(stage.merchant, "olga@wollstube.example")
    row = ask_to_take(stage.merchant, paula, WHY, by=brigitte, at=stage.now)
    with dying(monkeypatch, at=1, moment="before"), pytest.raises(Killed):
        agree_to_take(row, by=olga, at=stage.now)
    assert Authenticator.objects.filter(user=paula).exists()
    assert Person.objects.get(pk=paula.pk).check_password(PASSWORD)
    agree_to_take(row, by=olga, at=stage.now)
    assert not Authenticator.objects.filter(user=paula).exists()


def test_whoever_stands_at_the_machine_takes_it_with_a_trace(stage: Stage, paula: Person) -> None:
    done = CliRunner().invoke(main, ["take-factor", paula.email, "--why", WHY])
    assert (done.exit_code, "no second factor" in done.output) == (0, True)
    assert mails(HouseKind.FACTOR_TAKEN)[0].payload["reader"] == paula.email
    assert Step.objects.get(merchant=stage.merchant, verb="factor_taken").reason == WHY
    again = CliRunner().invoke(main, ["take-factor", paula.email, "--why", WHY])
    assert (again.exit_code, "has no second factor" in again.output) == (1, True)
