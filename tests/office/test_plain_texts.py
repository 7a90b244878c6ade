"""The sign NUL, which PostgreSQL keeps in no text, breaks no page: looked for it is left out, written it is refused."""

import pytest
from django.test import Client

from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Order


@pytest.mark.parametrize("path", ["/orders/?q=100%00", "/purchase/?q=%00", "/credit/?q=a%00b", "/search/?q=1%0012"])
def test_a_list_that_is_looked_through_for_it_is_shown(office: Client, merchant: Merchant, path: str) -> None:
    assert office.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/shops/%00/", "/pay/a%00b/", "/review/%00", "/unsubscribe/%00"])
def test_nothing_is_at_an_address_that_holds_it(office: Client, merchant: Merchant, path: str) -> None:
    assert office.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/sign-in/", "/purchase/guarantor/", "/erps/new/program/"])
def test_what_is_written_with_it_is_refused_in_a_sentence(office: Client, merchant: Merchant, path: str) -> None:
    answer = office.post(path, {"name": "An\0na", "what": "terms", "email": "a\0@b.example"})
    assert answer.status_code == 400
    assert "holds the sign NUL, which is no part of any text" in answer.content.decode()
    assert not Order.objects.exists()


def test_a_shop_that_knocks_with_it_hears_nothing_of_us(db: None) -> None:
    assert Client().post("/api/shop/neworder.jsf", {"url": "https://shop\0.example/"}).status_code == 200
