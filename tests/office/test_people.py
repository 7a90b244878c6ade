"""Inviting people, changing what they may do, and letting them go."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from tests.messages import messages
from tests.office.conftest import PASSWORD, fill, signed_in
from tests.office.test_rights import works
from tests.stage import Stage

from zahlmeister.flows.people.invite import accept_as, address_of, invite, invite_again, withdraw
from zahlmeister.flows.people.members import Given, change_rights, remove_member
from zahlmeister.history.models import Step
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.models import Invitation, Membership, Person, Role
from zahlmeister.merchants.rights import Area, Right
from zahlmeister.office.people_words import words
from zahlmeister.outbox.models import Message
from zahlmeister.refusals import Refused

FORM = {"email": "nora@post.example", "role": "clerk", "orders": "1", "may_approve": ""}
CLERK = Given(Role.CLERK)


def path_of(invitation: Invitation) -> str:
    return address_of(invitation).removeprefix("http://localhost:8000")


def mails(kind: HouseKind) -> list[Message]:
    return messages(kind.value, channel="people")


def test_nora_is_invited_by_mail_chooses_a_password_and_works(stage: Stage, office: Client, client: Client) -> None:
    numbers = fill(stage)
    assert office.post("/people/new", FORM).headers["Location"] == "/people/"
    (mail,) = mails(HouseKind.INVITED)
    path = mail.payload["page"]
    assert mail.payload["reader"] == "nora@post.example"
    assert "Brigitte Berger" in client.get(path).content.decode()
    assert not Person.objects.filter(email="nora@post.example").exists()  # looking is not accepting
    assert client.post(path, {"name": "Nora", "password": PASSWORD}).headers["Location"] == "/"
    assert client.get("/payments/").status_code == 200
    assert client.post(f"/payments/{numbers.payment_id}/ignore").status_code == 403  # reads orders, as was chosen
    assert client.get(path).status_code == 404  # good once
    told = Step.objects.filter(merchant=stage.merchant, subject__in=("person", "invitation")).values_list(
        "verb", flat=True
    )
    assert {"invited", "accepted", "joined"} <= set(told)


def test_whoever_can_sign_in_already_signs_in_and_keeps_their_password(
    stage: Stage, neighbour: Stage, brigitte: Person, client: Client
) -> None:
    owner = Person.objects.create_user("olga@kaffee.example", PASSWORD, name="Olga")
    Membership.objects.create(merchant=neighbour.merchant, person=owner, role=Role.OWNER)
    path = path_of(invite(neighbour.merchant, brigitte.email, CLERK, by=owner, at=stage.now + timedelta(days=3650)))
    assert (
        "Sign in, and open the link once more" in client.get(path, headers={"accept-language": "en"}).content.decode()
    )
    both = signed_in(brigitte)
    assert both.post(path).headers["Location"] == "/"
    assert neighbour.merchant.name in both.get("/").content.decode()  # works there at once
    assert brigitte.check_password("sehr-geheim-2026")


def test_a_newer_link_ends_the_one_before_and_withdrawing_ends_all(
    stage: Stage, brigitte: Person, client: Client
) -> None:
    with time_machine.travel(stage.now, tick=False):
        first = invite(stage.merchant, "nora@post.example", CLERK, by=brigitte, at=stage.now)
        old = path_of(first)
        new = path_of(invite_again(first, by=brigitte, at=stage.now))
        assert [client.get(old).status_code, client.get(new).status_code] == [404, 200]
        withdraw(first, by=brigitte, at=stage.now)
        withdraw(first, by=brigitte, at=stage.now)
        assert client.post(new, {"name": "Nora", "password": PASSWORD}).status_code == 404
        with pytest.raises(Refused, match="over"):
            invite_again(first, by=brigitte, at=stage.now)
    assert not Membership.objects.filter(person__email="nora@post.example").exists()


def test_a_link_is_good_for_a_week_and_no_other_is_good_at_all(stage: Stage, brigitte: Person, client: Client) -> None:
    with time_machine.travel(stage.now, tick=False) as clock:
        path = path_of(invite(stage.merchant, "nora@post.example", CLERK, by=brigitte, at=stage.now))
        assert client.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404
        clock.shift(timedelta(days=7, seconds=1))
        assert client.get(path).status_code == 404


def test_accepting_twice_is_once(stage: Stage, brigitte: Person) -> None:
    paula = Person.objects.create_user("paula@post.example", PASSWORD, name="Paula")
    asked = invite(stage.merchant, "paula@post.example", CLERK, by=brigitte, at=stage.now)
    accept_as(asked, paula, at=stage.now)
    with pytest.raises(Refused, match="over"):
        accept_as(asked, paula, at=stage.now)
    assert Membership.objects.filter(person=paula).count() == 1
    with pytest.raises(Refused, match="works for this merchant already"):
        invite(stage.merchant, "PAULA@post.example", CLERK, by=brigitte, at=stage.now)


def test_inviting_twice_is_one_mail(stage: Stage, brigitte: Person) -> None:
    for _ in range(2):
        invite(stage.merchant, "nora@post.example", CLERK, by=brigitte, at=stage.now)
    assert len(mails(HouseKind.INVITED)) == 1
    assert Invitation.objects.count() == 1


def test_the_last_owner_cannot_go_and_cannot_become_less(stage: Stage, brigitte: Person) -> None:
    with pytest.raises(Refused, match="last owner"):
        remove_member(stage.merchant, brigitte.pk, by=brigitte, at=stage.now)
    with pytest.raises(Refused, match="last owner"):
        change_rights(stage.merchant, brigitte.pk, CLERK, by=brigitte, at=stage.now)
    paula = works(stage.merchant, Role.OWNER)
    remove_member(stage.merchant, brigitte.pk, by=paula, at=stage.now)
    remove_member(stage.merchant, brigitte.pk, by=paula, at=stage.now)
    assert signed_in(brigitte).get("/").status_code == 403


def test_nobody_gives_more_than_they_have(stage: Stage, brigitte: Person) -> None:
    paula = works(stage.merchant, people=Right.WRITE, books=Right.READ, money_out=Right.READ)
    for given in (
        Given(Role.OWNER),
        Given(Role.CLERK, {Area.MONEY_OUT: Right.READ}),  # a clerk changes the books, Paula does not
        Given(Role.CLERK, {Area.BOOKS: Right.READ}, may_approve=True),
    ):
        with pytest.raises(Refused, match="more rights than their own"):
            invite(stage.merchant, "nora@post.example", given, by=paula, at=stage.now)
        with pytest.raises(Refused, match="more rights than their own"):
            change_rights(stage.merchant, paula.pk, given, by=paula, at=stage.now)
    with pytest.raises(Refused, match="no right to change what this person"):
        remove_member(stage.merchant, brigitte.pk, by=paula, at=stage.now)
    less = Given(Role.CLERK, {Area.BOOKS: Right.READ, Area.MONEY_OUT: Right.READ})
    assert invite(stage.merchant, "nora@post.example", less, by=paula, at=stage.now).pk


def test_who_may_not_change_people_invites_nobody(stage: Stage) -> None:
    clerk = works(stage.merchant)
    with pytest.raises(Refused, match="no right to change what people may do"):
        invite(stage.merchant, "nora@post.example", CLERK, by=clerk, at=stage.now)
    assert signed_in(clerk).get("/people/").status_code == 200
    assert signed_in(clerk).post("/people/new", FORM).status_code == 403


def test_changed_rights_stand_in_the_history_and_the_same_again_does_not(stage: Stage, brigitte: Person) -> None:
    paula = works(stage.merchant)
    less = Given(Role.CLERK, {Area.BOOKS: Right.NONE})
    for _ in range(2):
        change_rights(stage.merchant, paula.pk, less, by=brigitte, at=stage.now)
    (step,) = Step.objects.filter(merchant=stage.merchant, subject="person", subject_id=paula.pk)
    assert (step.verb, step.actor, step.facts["rights"]) == ("rights_changed", brigitte.email, {"books": 0})


def test_the_page_of_people_shows_all_of_it(stage: Stage, office: Client, brigitte: Person) -> None:
    paula = works(stage.merchant, books=Right.NONE)
    invite(stage.merchant, "nora@post.example", CLERK, by=brigitte, at=stage.now)
    office.post(f"/people/{paula.pk}/", {"role": "accountant", "may_approve": "", "books": "0"})
    page = office.get("/people/").content.decode()
    for text in (
        "Paula",
        "reads everything",
        "books: nothing",
        "nora@post.example",
        "rights changed",
        "link good until",
    ):
        assert text in page
    assert office.post(f"/people/{paula.pk}/remove").headers["Location"] == "/people/"
    assert "works here no more" in office.get("/people/").content.decode()


def test_a_mail_with_a_key_is_shown_to_nobody_else(stage: Stage, office: Client, brigitte: Person) -> None:
    """A clerk who reads letters must not come in as an owner."""
    from zahlmeister.correspondence.models import SentLetter
    from zahlmeister.correspondence.sent import keep

    invite(stage.merchant, "nora@post.example", CLERK, by=brigitte, at=stage.now)
    (message,) = mails(HouseKind.INVITED)
    row = keep(message, SentLetter(kind="invited", medium="mail", reader="nora@post.example", subject="x"), b"secret")
    assert office.get(f"/letters/{row.pk}/").status_code == 404
    assert office.get(f"/letters/{row.pk}/shown").status_code == 404


def test_each_step_has_its_words() -> None:
    assert {text for text in words().values() if not re.fullmatch(r"[\w ]+", text)} == set()


def test_german_nouns_keep_their_capitals_where_areas_are_chosen(brigitte: Person) -> None:
    page = signed_in(brigitte, "de").get("/people/new").content.decode()
    assert "Mahnungen und Inkasso" in page
    assert "Mahnungen und inkasso" not in page
