"""What somebody may read and change, decided by the area a page belongs to and nowhere else."""

from collections import Counter

import pytest
from django.test import Client
from tests.office.conftest import PASSWORD, fill, ids, signed_in
from tests.office.test_access import OPEN_TO_ALL, addresses
from tests.stage import Stage

from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.merchants.rights import Area, Right, rights_of
from zahlmeister.office.areas import AGAIN, FOR_ALL, OWNERS_CHANGE, PAGES, POLLED, place_of
from zahlmeister.office.rail import NOUNS
from zahlmeister.office.urls import urlpatterns

NAMES = {str(pattern.name) for pattern in urlpatterns} - OPEN_TO_ALL


def works(merchant: Merchant, role: Role = Role.CLERK, **rights: Right) -> Person:
    """Somebody whose rights were chosen."""
    person = Person.objects.create_user("paula@wollstube.example", PASSWORD, name="Paula")
    Membership.objects.create(merchant=merchant, person=person, role=role, rights=rights)
    return person


def test_every_page_of_the_office_has_its_place() -> None:
    assert {name for name in NAMES if place_of(name) is None} == set()  # a new one: say where in office/areas.py


def test_no_word_of_the_table_stands_twice_or_for_nothing() -> None:
    words = Counter(word for areas in PAGES.values() for text in areas.values() for word in text.split())
    assert [word for word, count in words.items() if count > 1] == []
    assert {word for word in words if not any(name == word or name.startswith(f"{word}-") for name in NAMES)} == set()


def test_every_noun_of_the_rail_is_a_page_and_has_pages() -> None:
    assert {noun.name for noun in NOUNS} == {*PAGES, "today"}
    assert {noun.name for noun in NOUNS} <= NAMES


@pytest.mark.parametrize(
    ("role", "chosen", "area", "right"),
    [
        (Role.OWNER, {}, Area.PEOPLE, Right.WRITE),
        (Role.OWNER, {"orders": 0}, Area.ORDERS, Right.WRITE),  # nobody shuts an owner out
        (Role.CLERK, {}, Area.ORDERS, Right.WRITE),
        (Role.CLERK, {}, Area.PEOPLE, Right.READ),
        (Role.CLERK, {"orders": 1}, Area.ORDERS, Right.READ),
        (Role.CLERK, {"orders": 0}, Area.BOOKS, Right.WRITE),
        (Role.ACCOUNTANT, {}, Area.BOOKS, Right.READ),
        (Role.ACCOUNTANT, {"books": 2}, Area.BOOKS, Right.READ),  # nothing makes an accountant write
        (Role.ACCOUNTANT, {"orders": 0}, Area.ORDERS, Right.NONE),
    ],
)
def test_a_choice_narrows_a_role(role: Role, chosen: dict[str, int], area: Area, right: Right) -> None:
    assert rights_of(Membership(role=role, rights=chosen)).in_areas[area] is right


def test_only_who_may_let_money_leave_approves() -> None:
    assert rights_of(Membership(role=Role.OWNER, may_approve=False)).may_approve
    assert rights_of(Membership(role=Role.CLERK)).may_approve
    assert not rights_of(Membership(role=Role.CLERK, may_approve=False)).may_approve
    assert not rights_of(Membership(role=Role.CLERK, rights={"money_out": 1})).may_approve
    assert not rights_of(Membership(role=Role.ACCOUNTANT)).may_approve


def test_who_may_not_read_an_area_is_told_so_and_does_not_see_it_in_the_menu(stage: Stage) -> None:
    numbers = fill(stage)
    paula = signed_in(works(stage.merchant, money_out=Right.NONE, books=Right.NONE))
    answer = paula.get(f"/transfers/{numbers.transfer_id}/")
    assert answer.status_code == 403
    assert "You have no right to see this (money that leaves)" in answer.content.decode()
    assert paula.get(f"/payments/{numbers.payment_id}/send-back").status_code == 403  # under payments, but it leaves
    page = paula.get("/payments/").content.decode()
    assert 'href="/payments/"' in page
    assert 'href="/transfers/"' not in page
    assert 'href="/books/"' not in page


def test_who_may_read_an_area_changes_nothing_there_and_what_they_may_elsewhere(stage: Stage) -> None:
    numbers = fill(stage)
    paula = signed_in(works(stage.merchant, orders=Right.READ))
    assert paula.get(f"/payments/{numbers.payment_id}/").status_code == 200
    answer = paula.post(f"/payments/{numbers.payment_id}/ignore")
    assert answer.status_code == 403
    assert "You may read this (orders and payments) and change nothing" in answer.content.decode()
    assert paula.post(f"/orders/{numbers.order_id}/pause", {"why": "Urlaub"}).status_code == 302  # that is reminders


def test_a_page_that_nobody_has_placed_is_for_owners(
    stage: Stage, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    paula = signed_in(works(stage.merchant))
    monkeypatch.setattr("zahlmeister.office.access.place_of", lambda page: None)
    assert paula.get("/learned/").status_code == 403
    assert office.get("/learned/").status_code == 200


def test_who_works_for_two_merchants_chooses_and_no_address_says_for_whom(
    stage: Stage, neighbour: Stage, brigitte: Person
) -> None:
    mine, other = fill(stage), ids(neighbour)
    Membership.objects.create(merchant=neighbour.merchant, person=brigitte, role=Role.ACCOUNTANT)
    both = signed_in(brigitte)
    first, second = sorted((stage, neighbour), key=lambda each: each.merchant.name)
    numbers = {stage.merchant.pk: mine, neighbour.merchant.pk: other}
    assert both.get(f"/orders/{numbers[first.merchant.pk].order_id}/").status_code == 200
    assert both.get(f"/orders/{numbers[second.merchant.pk].order_id}/").status_code == 404
    assert both.post("/work-for/", {"merchant": second.merchant.pk}).headers["Location"] == "/"
    assert both.get(f"/orders/{numbers[first.merchant.pk].order_id}/").status_code == 404
    assert both.get(f"/orders/{numbers[second.merchant.pk].order_id}/").status_code == 200
    both.post("/work-for/", {"merchant": neighbour.merchant.pk})
    assert both.post(f"/orders/{other.order_id}/cancel").status_code == 403  # reads only, there


def test_nobody_chooses_a_merchant_they_do_not_work_for(stage: Stage, neighbour: Stage, office: Client) -> None:
    fill(stage)
    assert office.post("/work-for/", {"merchant": neighbour.merchant.pk}).status_code == 404
    assert office.post("/work-for/", {"merchant": "x"}).status_code == 404


def test_a_choice_that_ended_leads_back_to_the_first(stage: Stage, neighbour: Stage, brigitte: Person) -> None:
    there = Membership.objects.create(merchant=neighbour.merchant, person=brigitte, role=Role.CLERK)
    both = signed_in(brigitte)
    both.post("/work-for/", {"merchant": neighbour.merchant.pk})
    there.delete()
    assert stage.merchant.name in both.get("/").content.decode()


def test_today_shows_nobody_what_they_may_not_read(stage: Stage) -> None:
    fill(stage)
    paula = works(stage.merchant, orders=Right.NONE)
    page = signed_in(paula).get("/").content.decode()
    assert "payments/?" not in page
    assert "is open" not in page
    assert 'href="/transfers/' in page
    Membership.objects.filter(person=paula).update(rights={"money_out": Right.NONE})
    page = signed_in(paula).get("/").content.decode()
    assert "payments/?" in page
    assert 'href="/transfers/' not in page


def test_everybody_may_open_what_is_for_all(stage: Stage) -> None:
    paula = signed_in(works(stage.merchant, **{area.value: Right.NONE for area in Area}))
    assert paula.get("/").status_code == 200
    assert FOR_ALL | AGAIN | OWNERS_CHANGE | POLLED <= NAMES


def test_what_binds_the_merchant_or_sends_his_data_away_only_an_owner_changes(stage: Stage) -> None:
    fill(stage)
    clerk = signed_in(works(stage.merchant))
    his_own = OWNERS_CHANGE - {"operator-merchant", "operator-texts"}  # see `test_operator`
    for address in addresses(stage, [one for one in urlpatterns if one.name in his_own]).values():
        page = clerk.get(address)
        assert (address, page.status_code, 'class="yes"' in page.content.decode()) == (address, 200, False)
        answer = clerk.post(address, {"do": "key", "what": "name"})
        assert (address, answer.status_code) == (address, 403)
        assert "only an owner may" in answer.content.decode()


def test_a_balance_is_let_go_by_who_may_let_money_leave(stage: Stage, office: Client) -> None:
    where = f"/customers/refunds/{fill(stage).back_id}"
    paula = signed_in(works(stage.merchant, money_out=Right.READ))
    assert where in office.get("/customers/").content.decode()
    assert where not in paula.get("/customers/").content.decode()
    assert paula.post(where, {"do": "release"}).status_code == 403
