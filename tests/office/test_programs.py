"""Programs in the office: let in by a key that is shown once, called back, shut out."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from tests.stage import Stage

from zahlmeister.flows.let_program_in import let_program_in
from zahlmeister.orders.models import Shop, ShopConnection
from zahlmeister.programs.callbacks import code_of
from zahlmeister.programs.keys import shop_of
from zahlmeister.programs.models import Callback, ProgramKey

PAGE = "/shops/programs/"
BY = "brigitte@wollstube.example"


@pytest.fixture
def shop(stage: Stage) -> Shop:
    let_program_in(stage.merchant, "Eigener Shop", by=BY, at=stage.now)
    return Shop.objects.get(name="Eigener Shop")


def test_a_program_is_let_in_and_its_key_shown_once(office: Client, stage: Stage) -> None:
    answer = office.post(PAGE, {"shop": "Eigener Shop"})
    [key] = re.findall(r"zm_[\w-]+", answer.content.decode())
    let_in = shop_of(key, at=timezone.now())

    assert let_in == Shop.objects.get(merchant=stage.merchant, name="Eigener Shop")
    assert answer.headers["Cache-Control"] == "no-store"
    seen = office.get(PAGE).content.decode()
    assert key not in seen
    assert "Eigener Shop" in seen
    assert key not in office.get(f"{PAGE}{let_in.pk}/").content.decode()


def test_a_shop_that_is_connected_otherwise_gets_no_program(office: Client, stage: Stage) -> None:
    shop = Shop.objects.create(merchant=stage.merchant, name="Wollstube")
    ShopConnection.objects.create(
        merchant=stage.merchant, shop=shop, system="module", due_at=stage.now, created_at=stage.now
    )

    answer = office.post(PAGE, {"shop": "Wollstube"})

    assert answer.status_code == 422
    assert "its orders come from there" in answer.content.decode()
    assert not ProgramKey.objects.exists()
    assert office.post(PAGE, {"shop": " "}).status_code == 422


def test_it_is_said_where_a_program_is_called_and_taken_back(
    office: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZAHLMEISTER_PRIVATE", raising=False)
    page = f"{PAGE}{shop.pk}/"

    refused = office.post(page, {"do": "call", "address": "http://shop.example/paid"})
    assert (refused.status_code, Callback.objects.count()) == (422, 0)

    assert (
        office.post(page, {"do": "call", "address": "https://shop.example/paid", "code": "Losung7"}).status_code == 302
    )
    assert code_of(Callback.objects.get()) == "Losung7"
    seen = office.get(page).content.decode()
    assert "https://shop.example/paid" in seen
    assert "Losung7" not in seen

    assert office.post(page, {"do": "stop"}).status_code == 302
    assert not Callback.objects.exists()


def test_all_keys_are_made_invalid(office: Client, shop: Shop, stage: Stage) -> None:
    key = let_program_in(stage.merchant, "Eigener Shop", by=BY, at=stage.now)

    office.post(f"{PAGE}{shop.pk}/", {"do": "shut-out"})

    assert shop_of(key, at=stage.now) is None
    assert "No program comes in" in office.get(f"{PAGE}{shop.pk}/").content.decode()


def test_who_may_only_read_sees_no_way_to_make_keys(bookkeeper: Client, shop: Shop) -> None:
    for page in (PAGE, f"{PAGE}{shop.pk}/"):
        main = bookkeeper.get(page).content.decode().split("<main")[1].split("</main>")[0]
        assert "csrfmiddlewaretoken" not in main
