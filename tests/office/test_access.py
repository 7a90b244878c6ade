"""Nobody sees what is not theirs, and who may only read changes nothing."""

import re
from collections.abc import Iterable

from django.test import Client
from django.urls import URLPattern, reverse
from tests.office.conftest import PASSWORD, fill, ids, signed_in
from tests.stage import Stage

from zahlmeister.merchants.models import Person
from zahlmeister.office.areas import FOR_ALL
from zahlmeister.office.urls import urlpatterns
from zahlmeister.receivables.models import Allocation, OpenItem, Payment

OPEN_TO_ALL = {"sign-in", "sign-out", "invited", "forgotten", "new-password", "new-address", "register", "registered"}
OPEN_TO_ALL |= {"house-text"}
PAGES = [pattern for pattern in urlpatterns if pattern.name not in OPEN_TO_ALL]
#: Their addresses name a letter by its kind and language, or a provider that can be connected: every merchant has them.
OF_EVERYBODY = {"letter-text", "letter-text-shown", "letter-text-drop", "letter-text-test", "provider-new", "erp-new"}
#: They show merchants to who runs the house, and nothing to anybody else.
OF_OPERATOR = {"verifications-one", "verifications-file", "operator", "operator-merchant", "operator-texts"}
WITH_IDS = [
    pattern
    for pattern in PAGES
    if pattern.pattern.converters and pattern.name not in OF_EVERYBODY and pattern.name not in OF_OPERATOR
]
WRITES = {
    "payment-assign", "payment-unassign", "payment-ignore", "payment-unignore",
    "order-paid", "order-unpaid", "order-cancel", "order-reopen", "statement-retry", "statement-discard",
    "mapping-forget",
    "connection-pause", "connection-resume", "connection-look", "connection-answer", "connection-pin",
    "connection-renew",
    "account-start", "account-whose", "use-forget", "ignore-providers",
    "mandate-revoke", "debit-tell", "debit-approve", "debit-cancel", "debit-looked-at",
    "debit-file-download", "debit-file-withdraw", "debit-file-send", "debit-file-take-back", "debit-file-outcome",
    "proposal-accept", "proposal-dismiss", "rule-forget",
    "transfer-approve", "transfer-confirm", "transfer-cancel", "transfer-looked-at",
    "payment-file-download", "payment-file-withdraw", "payment-file-send", "payment-file-take-back",
    "payment-file-outcome",
    "order-send-information", "letter-text-drop", "letter-text-test", "letter-try-again",
    "shop-act", "shop-read", "shop-order", "shop-replay", "shop-let-go", "shop-columns-forget", "shop-replay-all",
    "refund-cancel", "refund-ask-again",
    "notices-again",
    "plan-validate", "plan-mandate-revoke", "payout-now", "payout-account-approve", "payout-account-refuse",
    "collection-hand-over", "collection-answer", "collection-end", "collection-payout",
    "intent-refund", "intent-second-look", "provider-payout",
    "order-leave-out", "order-after-all", "order-pause", "order-resume", "order-asked-again", "order-count-from",
    "order-leave-costs",
    "customer-change", "announced", "back", "balance", "entry-undo",
    "credit-decide", "credit-ask", "credit-unblock",
    "month-close",
    "purchase-let-go", "purchase-claim-act", "erp-act", "erp-document-act",
    "work-for", "me-address", "me-password", "me-others-end", "me-session-end",
    "verification-hand-in", "verification-submit",
    "people-second-factor", "person-factor-lost", "person-factor-agree", "person-factor-withdraw",
    "person-remove", "invitation-again", "invitation-withdraw",
    "first-steps-away",
    "view-keep", "view-drop", "operator-visit", "visit-end",
    "payment-ignore-many", "payment-ignore-many-undo", "order-pause-many", "order-pause-many-undo",
    "refund-withdraw-many", "refund-hold-many", "refund-hold-many-undo", "refund-release-many",
    "reminders-pause-many", "reminders-pause-many-undo", "letter-again-many",
}  # fmt: skip


def addresses(stage: Stage, patterns: Iterable[URLPattern]) -> dict[str, str]:
    """Where each page is that shows something of this merchant, by the page's name."""
    numbers = ids(stage)
    return {
        str(pattern.name): reverse(
            f"office:{pattern.name}", kwargs={name: getattr(numbers, name) for name in pattern.pattern.converters}
        )
        for pattern in patterns
    }


def test_every_page_asks_to_sign_in(stage: Stage, client: Client) -> None:
    fill(stage)
    for address in addresses(stage, PAGES).values():
        for answer in (client.get(address), client.post(address)):
            assert (address, answer.status_code) == (address, 302)
            assert answer.headers["Location"].startswith("/sign-in/?next=/"), address


def test_another_merchants_numbers_name_nothing(stage: Stage, neighbour: Stage, office: Client) -> None:
    fill(stage)
    before = (Allocation.objects.count(), list(Payment.objects.values_list("id", "state").order_by("id")))
    mine, foreign = addresses(stage, WITH_IDS), addresses(neighbour, WITH_IDS)
    read = [name for name in mine if name not in WRITES]
    assert not {name for name in read if office.get(foreign[name]).status_code != 404}
    assert not {name for name in read if office.get(mine[name]).status_code != 200}
    posted = {name: office.post(foreign[name], {"item": "1", "amount": "1"}).status_code for name in foreign}
    assert not {name for name, status in posted.items() if status != 404}
    assert before == (Allocation.objects.count(), list(Payment.objects.values_list("id", "state").order_by("id")))


def test_what_changes_something_is_never_a_link(stage: Stage, office: Client) -> None:
    fill(stage)
    writing = addresses(stage, [pattern for pattern in PAGES if pattern.name in WRITES])
    assert not {name for name, address in writing.items() if office.get(address).status_code != 405}


def test_who_may_only_read_changes_nothing(stage: Stage, bookkeeper: Client) -> None:
    fill(stage)
    for name, address in addresses(stage, [page for page in PAGES if page.name not in FOR_ALL]).items():
        answer = bookkeeper.post(address)
        assert (name, answer.status_code) == (name, 403)
        assert "change nothing" in answer.content.decode(), name
        if name not in WRITES | OF_OPERATOR:
            assert bookkeeper.get(address).status_code in {200, 302}, name


def test_who_may_only_read_is_shown_no_buttons_to_change(stage: Stage, bookkeeper: Client) -> None:
    numbers = fill(stage)
    for path in (f"/payments/{numbers.payment_id}/", f"/orders/{numbers.order_id}/", "/statements/"):
        page = bookkeeper.get(path).content.decode()
        forms = re.findall(r'action="(/(?:payments|orders|statements)/[^"]*)"', page)
        assert forms == []


def test_an_order_of_a_neighbour_cannot_be_paid_with_my_money(stage: Stage, neighbour: Stage, office: Client) -> None:
    mine = fill(stage)
    foreign = OpenItem.objects.get(merchant=neighbour.merchant, order__number="100012346")
    answer = office.post(f"/payments/{mine.payment_id}/assign", {"item": foreign.pk, "amount": "33.33", "key": "k"})
    assert answer.status_code == 422
    assert not Allocation.objects.filter(item=foreign).exists()


def test_somebody_without_a_merchant_is_told_so(db: None) -> None:
    lonely = Person.objects.create_user("lonely@nowhere.example", PASSWORD, name="Lonely")
    answer = signed_in(lonely).get("/")
    assert answer.status_code == 403
    assert "not listed with any merchant" in answer.content.decode()


def test_sign_in_leads_where_one_wanted_to_go(brigitte: Person, client: Client) -> None:
    answer = client.post(
        "/sign-in/?next=/orders/", {"username": "brigitte@wollstube.example", "password": PASSWORD, "next": "/orders/"}
    )
    assert answer.headers["Location"] == "/orders/"
    assert client.get("/").status_code == 200
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert client.get("/").status_code == 302


def test_the_address_may_be_shouted(brigitte: Person, client: Client) -> None:
    given = {"username": "Brigitte@Wollstube.EXAMPLE", "password": PASSWORD}
    assert client.post("/sign-in/", given).headers["Location"] == "/"


def test_a_wrong_password_says_so_without_saying_which_was_wrong(brigitte: Person, client: Client) -> None:
    for name_ in ("brigitte@wollstube.example", "nobody@wollstube.example"):
        page = client.post("/sign-in/", {"username": name_, "password": "wrong"}, headers={"accept-language": "en"})
        assert "do not belong together" in page.content.decode()


def test_sign_in_does_not_lead_to_other_sites(brigitte: Person, client: Client) -> None:
    answer = client.post(
        "/sign-in/", {"username": "brigitte@wollstube.example", "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert answer.headers["Location"] == "/"


def test_too_many_wrong_passwords_lock_the_door_for_a_while(brigitte: Person, client: Client, settings: object) -> None:
    settings.AXES_ENABLED = True
    given = {"username": "brigitte@wollstube.example", "password": "wrong"}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/sign-in/", given, headers={"accept-language": "en"})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()
    assert client.post("/sign-in/", {**given, "password": PASSWORD}).status_code == 429


def test_the_language_is_changed_and_kept(office: Client) -> None:
    assert 'lang="en"' in office.get("/").content.decode()
    office.post("/i18n/setlang/", {"language": "de", "next": "/"})
    assert 'lang="de"' in office.get("/").content.decode()


def test_the_sign_in_page_stands_alone_and_the_others_in_the_frame(office: Client, client: Client) -> None:
    assert '<body class="alone">' in client.get("/sign-in/").content.decode()
    assert re.search(r"<body ?>", office.get("/payments/").content.decode())
