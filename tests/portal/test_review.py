"""Whoever was declined asks for a person by a signed link, once, and hears nothing of the reasons."""

from django.test import Client
from tests.credit.asked import anna
from tests.stage import Stage

from zahlmeister.credit.links import address, token
from zahlmeister.credit.models import Review
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.flows.purchase.review_credit import decide_review


def test_a_declined_buyer_has_a_person_look_once(stage: Stage) -> None:
    number = check(stage.merchant, anna(minor=90_000), at=stage.now).decision_id or 0
    page, client = f"/review/{token(number)}", Client(headers={"accept-language": "en"})
    assert address(number).endswith(page)
    html = client.get(page).content.decode()
    assert "We cannot offer you purchase on invoice at present." in html
    assert "limit" not in html.lower()
    for _ in range(2):
        html = client.post(page, {"text": "I am a school."}).content.decode()
        assert "is looking at it" in html
    assert Review.objects.get().text == "I am a school."
    decide_review(stage.merchant, number, "unknown school", accept=False, by="brigitte", at=stage.now)
    html = client.post(page, {"text": "please"}).content.decode()
    assert "it stays as it was" in html
    assert "unknown school" not in html
    assert Review.objects.count() == 1


def test_who_may_buy_is_told_so_and_a_made_up_link_leads_nowhere(stage: Stage) -> None:
    number = check(stage.merchant, anna(), at=stage.now).decision_id or 0
    client = Client(headers={"accept-language": "de"})
    html = client.post(f"/review/{token(number)}").content.decode()
    assert "Sie können auf Rechnung kaufen." in html
    assert Review.objects.count() == 0
    assert client.get(f"/review/{number}.made-up").status_code == 404
