"""Every list: as a file, with views that are kept, and for many rows at once."""

import re
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from tests.dying import Killed, dying
from tests.office.conftest import fill, signed_in
from tests.stage import BERND, Paid, Stage

from zahlmeister.correspondence.models import Sender, SentLetter
from zahlmeister.desk.models import ManyAct, View
from zahlmeister.flows import act_on_many as flow
from zahlmeister.flows.change_refund import cancel_refund
from zahlmeister.flows.execute_refunds import execute_next
from zahlmeister.flows.hold_refund import hold_refund, let_refund_go_on
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Membership, Person, Role
from zahlmeister.orders.models import Order
from zahlmeister.outbox.models import Message
from zahlmeister.receivables.models import Payment
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused

#: Every list: where it is had as a file.
LISTS = (
    "/orders/export", "/payments/export", "/refunds/", "/transfers/", "/debits/", "/providers/payments/", "/purchase/",
    "/purchase/invoices/", "/purchase/settlements/", "/payouts/", "/letters/", "/customers/", "/collection/",
    "/credit/", "/statements/", "/imports/", "/reminders/sent/", "/erps/",
    "/settings/history",
)  # fmt: skip


def csv_of(office: Client, address: str) -> list[str]:
    answer = office.get(address)
    assert answer.status_code == 200, address
    return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()


def rows_of(office: Client, address: str) -> tuple[int, str]:
    """How many rows a workbook has, and its texts."""
    answer = office.get(address)
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet"), address
    with zipfile.ZipFile(BytesIO(answer.content)) as book:
        return book.read("xl/worksheets/sheet1.xml").count(b"<row "), book.read("xl/sharedStrings.xml").decode()


def test_every_list_is_had_as_csv_and_as_a_workbook_with_the_same_rows(stage: Stage, office: Client):
    fill(stage)
    for address in LISTS:
        lines = csv_of(office, f"{address}?as=csv")
        count, _texts = rows_of(office, f"{address}?as=xlsx")
        assert count == len(lines), address


def test_every_list_has_chips_words_to_look_for_a_file_and_views(stage: Stage, office: Client):
    fill(stage)
    for address in LISTS:
        page = office.get(f"{address.removesuffix('export')}?q=nobody")
        said = page.content.decode()
        for part in ('class="chip', 'name="q"', "/views/keep", 'href="?"'):
            assert part in said, (address, part)
        assert office.get(f"{address}?q=nobody&from=2026-11-01&state=nonsense").status_code == 200, address


def test_a_list_among_other_things_is_narrowed_and_saved_alike(stage: Stage, office: Client):
    fill(stage)
    everything = len(csv_of(office, "/statements/?as=csv"))
    assert everything > 1
    assert len(csv_of(office, "/statements/?state=done&as=csv")) + len(
        csv_of(office, "/statements/?state=broken&as=csv")
    ) == (everything + 1)
    assert len(csv_of(office, "/statements/?from=2020-01-01&to=2020-01-02&as=csv")) == 1
    name = csv_of(office, "/statements/?as=csv")[1].split(";")[0]
    assert name in office.get(f"/statements/?q={name[:5]}").content.decode()


def test_files_have_the_rows_of_the_filters(stage: Stage, office: Client):
    fill(stage)
    assert len(csv_of(office, "/orders/export?state=owed&as=csv")) == 2
    assert len(csv_of(office, "/debits/?state=cancelled&as=csv")) == 1
    page = office.get("/orders/?state=owed").content.decode()
    assert "export?state=owed&amp;as=xlsx" in page


def test_no_text_becomes_a_formula(stage: Stage, office: Client):
    stage.pays(Paid(500, "=1+1", "=HYPERLINK(1)", BERND))

    assert "'=HYPERLINK(1)" in csv_of(office, "/payments/export?as=csv")[1]
    _count, texts = rows_of(office, "/payments/export?as=xlsx")
    assert "=HYPERLINK(1)" in texts  # a shared string is a text, whatever it begins with


def test_a_view_is_kept_shown_and_dropped(stage: Stage, office: Client, brigitte: Person):
    fill(stage)
    given = {"page": "orders", "query": "state=owed", "name": "Offene"}
    answer = office.post("/views/keep", given, follow=True)
    assert "Offene" in answer.content.decode()
    assert office.get("/orders/?state=owed").context["address"].view.view.name == "Offene"
    office.post("/views/keep", {**given, "query": "state=overdue"})
    view = View.objects.get(name="Offene", person=brigitte)
    assert view.query == "state=overdue"
    office.post(f"/views/{view.pk}/drop")
    assert not View.objects.filter(name="Offene", person=brigitte).exists()


def test_a_colleague_sees_shared_views_only_and_drops_none(stage: Stage, office: Client):
    colleague = Person.objects.create_user("carl@wollstube.example", "x", name="Carl")
    Membership.objects.create(merchant=stage.merchant, person=colleague, role=Role.CLERK)
    office.post("/views/keep", {"page": "orders", "query": "state=owed", "name": "Mine"})
    office.post("/views/keep", {"page": "orders", "query": "state=paid", "name": "Ours", "shared": "1"})

    theirs = signed_in(colleague)
    seen = [kept.view.name for kept in theirs.get("/orders/").context["address"].views]
    assert seen == ["Ours"]
    for view in View.objects.all():
        assert theirs.post(f"/views/{view.pk}/drop").status_code == 404


def test_views_of_pages_that_are_none_are_not_kept(office: Client):
    assert office.post("/views/keep", {"page": "nowhere", "query": "", "name": "x"}).status_code == 404
    office.post("/views/keep", {"page": "orders", "query": "", "name": "  "})
    assert not View.objects.exists()


@pytest.fixture
def strays(stage: Stage) -> list[int]:
    """Three payments that are for nothing."""
    stage.pays(*[Paid(1000 + number, f"danke {number}", f"Fremder {number}", BERND) for number in range(3)])
    return [row.pk for row in stage.payments()]


def states() -> set[str]:
    return set(Payment.objects.values_list("state", flat=True))


def test_many_payments_are_shown_first_then_ignored_and_taken_back(stage: Stage, office: Client, strays: list[int]):
    preview = office.post("/payments/many/ignore", {"row": strays, "query": "state=needs"})
    page = " ".join(preview.content.decode().split())
    assert "3 of 3 chosen rows" in page
    assert page.count('name="row"') == page.count("checked") == 3  # so that one of them can be left out
    assert "30.03" in page
    assert "ignored" not in states()

    given = {"row": strays, "query": "state=needs", "key": preview.context["key"]}
    answer = office.post("/payments/many/ignore", given, follow=True)
    assert answer.request["QUERY_STRING"] == "state=needs"
    assert "3 payments are ignored." in answer.content.decode()
    assert states() == {"ignored"}

    office.post("/payments/many/ignore", given)  # sent twice
    act = ManyAct.objects.get()
    assert office.post(f"/payments/many/{act.pk}/undo", follow=True).status_code == 200
    assert "ignored" not in states()
    assert stage.books() == []
    assert "taken back already" in office.post(f"/payments/many/{act.pk}/undo", follow=True).content.decode()


def test_rows_that_cannot_be_are_named_and_keep_no_other(stage: Stage, office: Client, neighbour: Stage):
    numbers = fill(stage)
    settled = next(row for row in stage.payments() if not row.open_minor)
    foreign = neighbour.payments()[0]
    chosen = {"row": [numbers.payment_id, settled.pk, foreign.pk]}
    preview = office.post("/payments/many/ignore", chosen)
    assert [bool(line.why_not) for line in preview.context["lines"]].count(True) == 1
    assert len(preview.context["lines"]) == 2

    office.post("/payments/many/ignore", {**chosen, "key": "k1"})
    act = ManyAct.objects.get(key="k1")
    assert act.rows == [numbers.payment_id]
    assert list(act.refused) == [str(settled.pk)]


def test_nothing_chosen_is_said(office: Client):
    assert "Choose the rows first" in office.post("/payments/many/ignore", follow=True).content.decode()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_house_that_dies_in_the_middle_does_the_rest_when_asked_again(
    transactional_db: None, stage: Stage, strays: list[int], monkeypatch: pytest.MonkeyPatch, moment: str
):
    for place in range(1, 11):  # one commit of the act, three of each row
        key = f"k{place}"
        with pytest.raises(Killed), dying(monkeypatch, at=place, moment=moment):
            flow.act_on_many(stage.merchant, "payments-ignore", strays, key, by="b", at=stage.now)
        act = flow.act_on_many(stage.merchant, "payments-ignore", strays, key, by="b", at=stage.now)
        assert sorted(act.rows) == sorted(strays), place
        assert states() == {"ignored"}
        assert flow.take_back(stage.merchant, act, by="b", at=stage.now) == {}
        assert "ignored" not in states()
    assert stage.books() == []


def test_reminders_of_many_orders_are_paused_and_resumed(stage: Stage, office: Client):
    fill(stage)
    item = stage.item("100012346")
    given = {"row": [item.pk], "key": "p1"}
    assert "Reminders of 1 order are paused." in office.post("/orders/many/pause", given, follow=True).content.decode()
    item.refresh_from_db()
    assert item.dunning.paused_for
    office.post(f"/orders/many/{ManyAct.objects.get(key='p1').pk}/undo")
    item.dunning.refresh_from_db()
    assert not item.dunning.paused_for


def test_too_many_rows_are_refused(stage: Stage):
    with pytest.raises(Refused, match="between one and"):
        flow.act_on_many(stage.merchant, "payments-ignore", list(range(201)), "k", by="b", at=stage.now)


def test_refunds_are_withdrawn_together_after_they_were_shown_and_never_brought_back(stage: Stage, office: Client):
    fill(stage)
    refund, before = Refund.objects.get(item=stage.item("100012345")), stage.books()
    preview = office.post("/refunds/many/withdraw", {"row": [refund.pk], "query": ""})
    assert "cannot be taken back" in preview.content.decode()
    assert Refund.objects.get(pk=refund.pk).state == RefundState.PLANNED

    given = {"row": [refund.pk], "key": preview.context["key"]}
    answer = office.post("/refunds/many/withdraw", given, follow=True).content.decode()
    assert "1 refund is withdrawn." in answer
    assert "/undo" not in answer
    office.post("/refunds/many/withdraw", given)  # sent twice
    assert Refund.objects.get(pk=refund.pk).state == RefundState.CANCELLED
    assert stage.books() == before
    with pytest.raises(Refused, match="cannot be taken back"):
        flow.take_back(stage.merchant, ManyAct.objects.get(key=given["key"]), by="b", at=stage.now)
    again = office.post("/refunds/many/withdraw", {"row": [refund.pk]})
    assert again.context["possible"] == []


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_who_dies_withdrawing_refunds_withdraws_each_once(
    transactional_db: None, stage: Stage, monkeypatch: pytest.MonkeyPatch, moment: str, place: int
):
    fill(stage)
    refund, before = Refund.objects.get(item=stage.item("100012345")), stage.books()
    with pytest.raises(Killed), dying(monkeypatch, at=place, moment=moment):
        flow.act_on_many(stage.merchant, "refunds-withdraw", [refund.pk], "k", by="b", at=stage.now)
    act = flow.act_on_many(stage.merchant, "refunds-withdraw", [refund.pk], "k", by="b", at=stage.now)
    assert (act.rows, act.refused) == ([refund.pk], {})
    steps = [step.verb for step in steps_of(stage.merchant.pk, "refund", refund.pk)]
    assert steps.count("cancelled") == 1
    assert stage.books() == before


def test_a_refund_of_somebody_else_is_not_withdrawn(stage: Stage, office: Client, neighbour: Stage):
    theirs = Refund.objects.get(item=neighbour.item("100012345"))
    office.post("/refunds/many/withdraw", {"row": [theirs.pk], "key": "k"})
    assert Refund.objects.get(pk=theirs.pk).state == RefundState.PLANNED


def test_refunds_are_held_together_and_let_go_on(stage: Stage, office: Client):
    fill(stage)
    refund, before = Refund.objects.get(item=stage.item("100012345")), stage.books()
    preview = office.post("/refunds/many/hold", {"row": [refund.pk], "query": ""})
    assert "It can be taken back afterwards." in preview.content.decode()
    assert Refund.objects.get(pk=refund.pk).state == RefundState.PLANNED

    given = {"row": [refund.pk], "key": preview.context["key"]}
    assert "1 refund is held." in office.post("/refunds/many/hold", given, follow=True).content.decode()
    office.post("/refunds/many/hold", given)  # sent twice
    stage.now += timedelta(days=60)
    assert execute_next(clock=lambda: stage.now) is None
    held = Refund.objects.get(pk=refund.pk)
    assert (held.state, held.reason) == (RefundState.STOPPED, "held")
    assert "Somebody holds it." in office.get(f"/refunds/{refund.pk}/").content.decode()
    assert office.post("/refunds/many/hold", {"row": [refund.pk]}).context["possible"] == []

    office.post(f"/refunds/many/{ManyAct.objects.get(key=given['key']).pk}/undo")
    assert Refund.objects.get(pk=refund.pk).state == RefundState.PLANNED
    assert execute_next(clock=lambda: stage.now) == refund
    assert Refund.objects.get(pk=refund.pk).state != RefundState.PLANNED
    verbs = [step.verb for step in steps_of(stage.merchant.pk, "refund", refund.pk)]
    assert (verbs.count("held"), verbs.count("let_go_on")) == (1, 1)
    assert stage.books() == before


def test_a_refund_that_was_withdrawn_is_not_held_and_one_that_was_let_go_on_not_let_go_again(stage: Stage):
    fill(stage)
    refund = Refund.objects.get(item=stage.item("100012345"))
    hold_refund(refund, by="b", at=stage.now)
    let_refund_go_on(refund, by="b", at=stage.now)
    with pytest.raises(Refused, match="not held any more"):
        let_refund_go_on(refund, by="b", at=stage.now)
    cancel_refund(refund, by="b", at=stage.now)
    with pytest.raises(Refused, match="cannot be held"):
        hold_refund(refund, by="b", at=stage.now)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_who_dies_holding_refunds_holds_each_once(
    transactional_db: None, stage: Stage, monkeypatch: pytest.MonkeyPatch, moment: str, place: int
):
    fill(stage)
    refund = Refund.objects.get(item=stage.item("100012345"))
    with pytest.raises(Killed), dying(monkeypatch, at=place, moment=moment):
        flow.act_on_many(stage.merchant, "refunds-hold", [refund.pk], "k", by="b", at=stage.now)
    act = flow.act_on_many(stage.merchant, "refunds-hold", [refund.pk], "k", by="b", at=stage.now)
    assert (act.rows, act.refused) == ([refund.pk], {})
    assert flow.take_back(stage.merchant, act, by="b", at=stage.now) == {}
    assert [step.verb for step in steps_of(stage.merchant.pk, "refund", refund.pk)].count("held") == 1


def test_balances_that_customers_want_back_are_released_together_and_other_refunds_are_not(
    stage: Stage, office: Client
):
    back = Refund.objects.get(pk=fill(stage).back_id)
    other = Refund.objects.get(item=stage.item("100012345"))
    preview = office.post("/refunds/many/release", {"row": [back.pk, other.pk]})
    assert [line.id for line in preview.context["possible"]] == [back.pk]
    assert "can be held or withdrawn" in preview.content.decode()
    before = other.state
    answer = office.post("/refunds/many/release", {"row": [back.pk], "key": "k"}, follow=True).content.decode()
    assert "1 refund is released." in answer
    assert Refund.objects.get(pk=back.pk).state == RefundState.PLANNED
    assert Refund.objects.get(pk=other.pk).state == before


def written(stage: Stage, number: str, kind: str = "payment_information", times: int = 1) -> list[int]:
    """Letters about an order that have left."""
    order = stage.item(number).order
    return [
        SentLetter.objects.create(
            merchant=stage.merchant, order=order, kind=kind, medium="mail", key=f"{kind}:{number}:{place}",
            reader="anna@post.example", subject=f"Bestellung {number}", sent_at=stage.now,
        ).pk
        for place in range(times)
    ]  # fmt: skip


def waiting(stage: Stage) -> list[Message]:
    return list(Message.objects.filter(merchant=stage.merchant, key__startswith="information:", state="waiting"))


@pytest.fixture
def to_bernd(stage: Stage) -> list[int]:
    """Two letters that told Bernd how to pay what is still open."""
    fill(stage)
    Sender.objects.get_or_create(merchant=stage.merchant, shop=None, defaults={"name": "W", "address": "w@w.example"})
    Order.objects.filter(number="100012346").update(email="bernd@post.example")
    Message.objects.filter(key__startswith="information:").delete()
    return written(stage, "100012346", times=2)


def test_letters_that_say_how_to_pay_are_sent_again_once_for_an_order(
    stage: Stage, office: Client, to_bernd: list[int]
):
    preview = office.post("/letters/many/again", {"row": to_bernd})
    why = [line.why_not for line in preview.context["lines"]]
    assert sorted(why) == ["", "Another chosen letter about this order is sent again."]
    assert "a letter leaves at once" in preview.content.decode()
    assert waiting(stage) == []

    given = {"row": [line.id for line in preview.context["possible"]], "key": preview.context["key"]}
    answer = office.post("/letters/many/again", given, follow=True).content.decode()
    assert "1 letter is on its way again." in answer
    assert "/undo" not in answer
    office.post("/letters/many/again", given)  # sent twice
    assert len(waiting(stage)) == 1


def test_what_said_something_else_or_is_of_somebody_else_is_not_sent_again(
    stage: Stage, office: Client, to_bernd: list[int], neighbour: Stage
):
    other = written(stage, "100012346", "paid")
    foreign = written(neighbour, "100012346")
    preview = office.post("/letters/many/again", {"row": [*other, *foreign]})
    assert [line.id for line in preview.context["lines"]] == other
    assert preview.context["possible"] == []
    office.post("/letters/many/again", {"row": [*other, *foreign], "key": "k"})
    assert waiting(stage) == waiting(neighbour) == []


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_who_dies_sending_letters_again_sends_each_once(
    transactional_db: None,
    stage: Stage,
    to_bernd: list[int],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    place: int,
):
    chosen, later = to_bernd[:1], stage.now + timedelta(minutes=5)
    with pytest.raises(Killed), dying(monkeypatch, at=place, moment=moment):
        flow.act_on_many(stage.merchant, "letters-again", chosen, "k", by="b", at=stage.now)
    act = flow.act_on_many(stage.merchant, "letters-again", chosen, "k", by="b", at=later)
    assert (act.rows, act.refused) == (chosen, {})
    assert len(waiting(stage)) == 1


def test_reminders_that_come_are_paused_together_and_resumed(stage: Stage, office: Client):
    fill(stage)
    item = stage.item("100012346")
    answer = office.post("/reminders/many/pause", {"row": [item.pk], "key": "p1"}, follow=True)
    assert answer.request["PATH_INFO"] == "/reminders/"
    assert "Reminders of 1 order are paused." in answer.content.decode()
    again = office.post("/reminders/many/pause", {"row": [item.pk]})
    assert [line.why_not for line in again.context["lines"]] == ["It is paused already."]
    assert 'name="row"' not in again.content.decode()
    office.post(f"/reminders/many/{ManyAct.objects.get(key='p1').pk}/undo")
    item.refresh_from_db()
    assert not item.dunning.paused_for


def test_letters_are_found_by_reader_subject_and_the_beginning_of_the_orders_number(
    stage: Stage, office: Client, to_bernd: list[int]
):
    def found(text: str) -> int:
        return office.get("/letters/", {"q": text}).context["page"].count

    SentLetter.objects.exclude(pk__in=to_bernd).delete()
    SentLetter.objects.filter(pk=to_bernd[0]).update(subject="Nachricht", reader="jörg@post.example")
    assert (found("JÖRG"), found("anna@"), found("10001234"), found("012346")) == (1, 1, 2, 1)
    assert found("nobody") == 0


def test_every_list_says_which_keys_it_has_and_none_that_it_has_not(stage: Stage, office: Client):
    fill(stage)
    for address in LISTS:
        page = office.get(address.removesuffix("export")).content.decode()
        assert 'data-opens="list-keys"' in page, address
        can_choose = address.removesuffix("export") in {"/orders/", "/payments/", "/refunds/", "/letters/"}
        assert ("<kbd>x</kbd>" in page) == can_choose, address


def test_every_list_without_rows_says_what_will_stand_there(office: Client):
    """By a sentence; statements by the place where the first one is handed in."""
    for address in LISTS:
        page = office.get(address.removesuffix("export")).content.decode()
        said = re.search(r'class="empty">.*?</div>|<p class="soft (?:block-s|measure)">.*?</p>', page, re.DOTALL)
        words = re.sub(r"<[^>]*>|\s+", " ", said[0]).split() if said else []
        assert len(words) > 4 or "data-drop" in page, (address, words)
