"""Eva never pays: her invoice goes to an agency and comes back as money. The far side is the sandbox agency."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from unittest.mock import ANY

import pytest
from tests.flows.test_run_dunning import Diary, levels, switch_on
from tests.stage import Paid, Stage, order

from zahlmeister.collection.eligible import Hindrance
from zahlmeister.collection.models import Agency, AgencyPayout, Case, CaseEvent
from zahlmeister.collection.states import HandOver, Money, Work
from zahlmeister.collection.states import Stage as LegalStage
from zahlmeister.connectors.agencies.contract import Heard, News
from zahlmeister.dunning.models import DunningCase, DunningPolicy
from zahlmeister.dunning.states import Pause
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.follow_cases import follow_cases
from zahlmeister.flows.hand_over import CannotGo, hand_over, hand_over_next, preview
from zahlmeister.flows.hear_agency import hear, hear_next
from zahlmeister.flows.mark_paid import mark_paid, unmark_paid
from zahlmeister.flows.receive_program_orders import hand_in_invoice
from zahlmeister.flows.steer_collection import (
    AgencyWanted,
    answer,
    cost_of_ending,
    end,
    save_agency,
    save_creditor,
)
from zahlmeister.flows.steer_dunning import pause
from zahlmeister.flows.take_agency_payout import give_back_payout, take_next, take_payout
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.refusals import Refused
from zahlmeister.sandbox.agency import COSTS, AgencyDesk, AgencyFolders, AgencyServer

pytestmark = pytest.mark.django_db(transaction=True)
BY = "brigitte@wollstube.example"
CREDITOR = {
    "name": "Brigittes Wollstube e. K.",
    "street": "Marktplatz 3",
    "postcode": "80331",
    "city": "München",
    "country": "DE",
    "contact": "Brigitte Berger",
    "phone": "+49 89 123456",
}


def eva(number: str = "100012345", amount: str = "89.90", **more: object) -> OrderRow:
    given = {
        "payment_kind": "invoice",
        "invoice_number": f"RE-{number[-3:]}",
        "street": "Lindenweg 4",
        "postcode": "20095",
        "city": "Hamburg",
        "country": "DE",
        "ordered_on": date(2026, 8, 3),
        "due_on": date(2026, 8, 17),
    }
    return order(number, amount, "Eva Ehrlich", **(given | more))


class Collecting:
    """A merchant with an agency; days go by, and every worker has its turns."""

    def __init__(self, stage: Stage, desk: AgencyDesk, server: AgencyServer) -> None:
        self.stage, self.desk, self.server = stage, desk, server
        self.merchant = stage.merchant

    def work(self) -> None:
        """Everything that is due now, on both sides, until nothing is."""
        turns = (hand_over_next, follow_cases, hear_next, take_next, deliver_next)
        while any(turn(clock=self.stage.clock) is not None for turn in turns):
            pass

    def later(self, **time: int) -> None:
        self.stage.later(**time)
        self.work()

    def reminded(self, *rows: OrderRow) -> None:
        """Orders whose buyers were sent every notice there is."""
        self.stage.orders(*rows)
        switch_on(self.merchant, "invoice", levels=levels(4, 7), end_days=7, on_working_days=False)
        Diary(self.stage).until(date(2026, 9, 20))
        while deliver_next(clock=self.stage.clock) is not None:
            pass
        self.stage.pays(Paid(-1, "Kontoführung", "Bank", on=self.stage.now.date()))

    def hand_over(self, number: str = "100012345") -> Case:
        return hand_over(self.merchant, self.stage.item(number).pk, by=BY, at=self.stage.now)

    def case(self) -> Case:
        return Case.objects.select_related("item").get(merchant=self.merchant)

    def owed_by_agency(self) -> int:
        agency = Agency.objects.get(merchant=self.merchant)
        return balance(self.merchant.pk, Book.AGENCIES, "EUR", about=agency.pk).minor


@contextmanager
def collected_by(stage: Stage) -> Iterator[Collecting]:
    """A merchant with an agency and one buyer who was asked as often as it goes."""
    stage.now = stage.now.replace(month=8, day=3)
    stage.merchant.verification = Verification.VERIFIED
    stage.merchant.save()
    desk = AgencyDesk(stage.clock)
    server = AgencyServer(desk)
    save_creditor(stage.merchant, CREDITOR, by=BY, at=stage.now)
    wanted = AgencyWanted("PAYWISE", "paywise", {"address": server.address}, ["DE"], {"key": "geheim"})
    save_agency(stage.merchant, None, wanted, by=BY, at=stage.now)
    collecting = Collecting(stage, desk, server)
    collecting.reminded(eva())
    yield collecting
    server.close()
    assert stage.books() == []


@pytest.fixture
def collecting(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collecting]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with collected_by(stage) as collecting:
        yield collecting


def test_an_invoice_goes_to_the_agency_and_comes_back_as_money(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    reference = case.reference
    assert collecting.desk.cases[reference].owed["principal"] == 8990
    assert collecting.case().number == "A-00001"

    collecting.desk.accept(reference)
    collecting.desk.progress(reference, "Telefonat mit der Schuldnerin")
    collecting.later(hours=1)
    assert collecting.case().hand_over == HandOver.ACCEPTED

    collecting.desk.collect(reference, 4000)
    collecting.later(hours=1)
    assert (collecting.case().money, collecting.stage.item("100012345").state) == (Money.PART_PAID, ItemState.PART_PAID)
    assert collecting.owed_by_agency() == 4000

    collecting.desk.collect(reference, 1_000_000)
    collecting.desk.close(reference, "paid_full")
    number, total = collecting.desk.pay_out()
    collecting.later(hours=1)
    assert (total, collecting.owed_by_agency()) == (8990, 8990)
    assert collecting.stage.item("100012345").state == ItemState.PAID
    assert AgencyPayout.objects.get().difference.minor == 0

    collecting.stage.pays(Paid(total, f"Auszahlung {number}", "Paywise GmbH", on=collecting.stage.now.date()))
    collecting.later(hours=1)
    payment = AgencyPayout.objects.get().payment
    assert payment is not None
    assert payment.state == PaymentState.PAYOUT
    assert collecting.owed_by_agency() == 0
    assert balance(collecting.merchant.pk, Book.PAID_ELSEWHERE, "EUR").minor == 0

    end_of = collecting.case()
    assert (end_of.hand_over, end_of.work, end_of.money) == (HandOver.ENDED, Work.CLOSED, Money.PAID)


def test_the_claim_holds_what_the_law_wants_the_debtor_to_be_told(collecting: Collecting):
    claim = preview(collecting.merchant, collecting.stage.item("100012345").pk, at=collecting.stage.now).claim
    assert claim is not None
    assert (claim.subject, claim.contract_on, claim.invoice_number) == ("Warenlieferung", date(2026, 8, 3), "RE-345")
    assert (claim.default_since, claim.default_by) == (date(2026, 8, 22), "reminder")
    assert claim.interest_basis == "§ 288 (1) BGB"
    assert claim.slices[0].first == claim.default_since
    assert claim.interest.minor == round(8990 * claim.slices[0].percent / 100 * claim.slices[0].days / 365)
    assert [reminder.on for reminder in claim.reminders] == [date(2026, 8, 21), date(2026, 8, 28)]
    assert claim.creditor.address.city == "München"
    assert claim.debtor.address_source == "order"


def test_handing_over_twice_is_one_case_and_lost_answers_are_one_claim(collecting: Collecting):
    collecting.server.lost = 2
    collecting.hand_over()
    with pytest.raises(CannotGo) as stop:
        collecting.hand_over()
    assert stop.value.hindrances == (Hindrance.HANDED_OVER,)

    collecting.later(hours=1)
    collecting.later(hours=1)
    collecting.later(hours=1)

    assert len(collecting.desk.cases) == 1
    assert collecting.case().number == "A-00001"
    assert sum(asked.path == "/v1/claims" for asked in collecting.server.asked) == 2  # one lost answer was to the news


def test_own_notices_rest_while_the_agency_asks_and_go_on_when_it_does_not_take_the_claim(collecting: Collecting):
    collecting.hand_over()
    DunningCase.objects.update(ended="")
    DunningPolicy.objects.update(levels=levels(4, 7, 7))
    Diary(collecting.stage).until(date(2026, 10, 4))
    assert DunningCase.objects.get().holds == ["with_agency"]

    collecting.work()
    collecting.desk.reject(collecting.case().reference, "Schuldnerin unbekannt")
    collecting.later(hours=1)
    assert collecting.case().hand_over == HandOver.REJECTED
    asked = Diary(collecting.stage).until(date(2026, 10, 6))
    assert [level for _, _, level in asked] == [3]


def test_money_that_comes_directly_is_reported_and_taking_it_back_too(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.later(hours=1)

    collecting.stage.pays(Paid(5000, "100012345", "Eva Ehrlich", on=collecting.stage.now.date()))
    collecting.later(hours=1)
    told = collecting.desk.cases[case.reference].told
    assert [(one["kind"], one["minor"]) for one in told] == [("direct_payment", 5000)]
    assert collecting.case().direct_minor == 5000

    mark_paid(collecting.merchant, case.item_id, by=BY, at=collecting.stage.now, source="bar")
    collecting.later(hours=1)
    unmark_paid(collecting.merchant, case.item_id, by=BY, at=collecting.stage.now)
    collecting.later(hours=1)
    collecting.later(hours=1)
    assert [(one["kind"], one["minor"]) for one in told] == [
        ("direct_payment", 5000),
        ("direct_payment", 3990),
        ("payment_reversed", 3990),
    ]
    assert collecting.case().money == Money.PART_PAID


def test_a_chargeback_after_the_end_wakes_the_case_up(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.desk.collect(case.reference, 8990)
    collecting.desk.close(case.reference, "paid_full")
    collecting.later(hours=1)
    assert collecting.case().hand_over == HandOver.ENDED

    collecting.desk.reverse(case.reference, 5000)
    collecting.later(hours=1)
    again = collecting.case()
    assert (again.hand_over, again.money, again.collected_minor) == (HandOver.ACCEPTED, Money.PART_PAID, 3990)
    assert collecting.stage.item("100012345").open_minor == 5000
    assert collecting.owed_by_agency() == 3990


def test_what_changes_on_our_side_is_told_once(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.later(hours=1)

    pause(collecting.merchant, case.item_id, Pause.DISPUTE, None, by=BY, at=collecting.stage.now)
    collecting.stage.orders(eva(amount="79.90", street="Neue Gasse 1"))
    for _ in range(3):
        collecting.later(hours=1)

    told = {one["kind"]: one for one in collecting.desk.cases[case.reference].told}
    assert len(collecting.desk.cases[case.reference].told) == 3
    assert told["address_changed"]["address"]["street"] == "Neue Gasse 1"
    assert told["credit_note"]["minor"] == 1000
    assert "disputed" in told


def test_a_question_is_answered(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.ask(case.reference, "Liegt ein Lieferschein vor?")
    collecting.later(hours=1)
    assert collecting.case().hand_over == HandOver.QUERIED
    with pytest.raises(Refused, match="needs a text"):
        answer(collecting.merchant, case.pk, " ", by=BY, at=collecting.stage.now)

    answer(collecting.merchant, case.pk, "Ja, vom 5. August.", by=BY, at=collecting.stage.now)
    collecting.later(hours=1)
    assert collecting.desk.cases[case.reference].told[0]["text"] == "Ja, vom 5. August."
    assert (collecting.case().hand_over, collecting.case().question) == (HandOver.SUBMITTED, "")
    with pytest.raises(Refused, match="asks nothing"):
        answer(collecting.merchant, case.pk, "Noch etwas", by=BY, at=collecting.stage.now)


def test_ending_a_case_shows_its_cost_first(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.later(hours=1)
    cost = cost_of_ending(collecting.merchant, case.pk)
    assert cost is not None
    assert cost.minor == COSTS

    end(collecting.merchant, case.pk, "Kundin hat sich geeinigt", cost=cost, by=BY, at=collecting.stage.now)
    assert collecting.case().work == Work.CANCEL_ASKED
    with pytest.raises(Refused, match="already"):
        end(collecting.merchant, case.pk, "noch einmal", cost=cost, by=BY, at=collecting.stage.now)
    collecting.work()
    collecting.later(hours=1)
    ended = collecting.case()
    assert (ended.hand_over, ended.work, ended.closed) == (
        HandOver.ENDED,
        Work.CANCELLED_BY_CLIENT,
        "cancelled_client",
    )


def test_a_case_is_taken_back_before_the_agency_has_it(collecting: Collecting):
    case = collecting.hand_over()
    end(collecting.merchant, case.pk, "Versehen", cost=None, by=BY, at=collecting.stage.now)
    assert collecting.case().hand_over == HandOver.WITHDRAWN
    collecting.work()
    assert collecting.desk.cases == {}
    again = collecting.hand_over()
    assert again.reference == f"{case.reference}-2"


def test_news_come_twice_late_and_for_nobody(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.desk.collect(case.reference, 1000)
    collecting.desk.news.append(
        {"id": "N9-1", "kind": "progress", "at": collecting.stage.now, "reference": "FREMD-1", "text": "Nicht Ihr Fall"}
    )
    collecting.desk.news.append({**collecting.desk.news[0], "id": "N9-2"})
    collecting.desk.news.append({"id": "N9-3", "kind": "collected", "at": collecting.stage.now, "text": "ohne Betrag"})
    collecting.later(hours=1)
    Agency.objects.update(after="")  # everything is read once more
    collecting.later(hours=1)

    assert collecting.case().collected_minor == 1000
    assert collecting.owed_by_agency() == 1000
    strays = CaseEvent.objects.filter(case=None).order_by("kind")
    assert [(row.kind, row.text) for row in strays] == [("progress", "Nicht Ihr Fall"), ("unreadable", ANY)]
    assert "needs an amount above zero" in strays[1].text


def test_a_payout_of_another_amount_is_said_and_taken_by_nobody(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.desk.collect(case.reference, 3000)
    collecting.later(hours=1)
    number, _ = collecting.desk.pay_out()
    collecting.desk.news[-1]["amount"] = 2500
    collecting.later(hours=1)
    assert AgencyPayout.objects.get().difference.minor == -500

    collecting.stage.pays(Paid(2499, f"Auszahlung {number}", "Paywise GmbH", on=collecting.stage.now.date()))
    collecting.later(hours=1)
    assert AgencyPayout.objects.get().payment is None
    collecting.stage.pays(Paid(2500, f"Auszahlung {number}", "Paywise GmbH", on=collecting.stage.now.date()))
    collecting.later(hours=1)
    payout = AgencyPayout.objects.get()
    assert payout.payment is not None
    assert collecting.owed_by_agency() == 500

    give_back_payout(collecting.merchant, payout.pk, by=BY, at=collecting.stage.now)
    assert collecting.owed_by_agency() == 3000
    collecting.later(hours=1)
    assert collecting.owed_by_agency() == 3000  # the person's word stands
    take_payout(collecting.merchant, payout.pk, payout.payment_id, by=BY, at=collecting.stage.now)
    assert collecting.owed_by_agency() == 500


def test_it_goes_by_itself_after_the_last_notice_where_the_merchant_wants_it(collecting: Collecting):
    collecting.stage.orders(eva("100012346", "120.00", ordered_on=collecting.stage.now.date()))
    save_creditor(collecting.merchant, CREDITOR | {"is_automatic": True}, by=BY, at=collecting.stage.now)
    collecting.work()
    assert [row.item.order.number for row in Case.objects.select_related("item__order")] == ["100012345"]
    assert len(collecting.desk.cases) == 1


def test_the_agency_is_away_and_nothing_is_lost(collecting: Collecting):
    case = collecting.hand_over()
    collecting.server.close()
    collecting.work()
    assert Agency.objects.get().error
    assert Message.objects.get(channel="agency").state == MessageState.WAITING
    collecting.server._server = collecting.server._listen(int(collecting.server.address.rpartition(":")[2]))
    collecting.later(hours=7)
    assert set(collecting.desk.cases) == {case.reference}
    collecting.desk.go_to(case.reference, "court_order")
    collecting.later(hours=1)
    assert collecting.case().stage == LegalStage.COURT_ORDER


@pytest.mark.parametrize("claims", [True, False])
def test_fees_of_the_notices_are_added_to_the_claim_and_are_ours_when_they_are_collected(
    collecting: Collecting, claims: bool
):
    collecting.stage.orders(eva("100012377", "100.00"))
    DunningPolicy.objects.update(levels=levels(4, 7, fee=250), claims_costs=claims)
    Diary(collecting.stage).until(date(2026, 10, 20))
    while deliver_next(clock=collecting.stage.clock) is not None:
        pass
    collecting.stage.pays(Paid(-1, "Kontoführung", "Bank", on=collecting.stage.now.date()))
    case = collecting.hand_over("100012377")
    collecting.work()
    assert (case.principal_minor, case.fees_minor) == (10_000, 500)

    collecting.desk.accept(case.reference)
    collecting.desk.collect(case.reference, 1_000_000)
    collecting.later(hours=1)
    item = collecting.stage.item("100012377")
    assert (item.state, item.surplus_minor) == (ItemState.PAID, 0)
    assert collecting.owed_by_agency() == 10_500
    assert balance(collecting.merchant.pk, Book.DUNNING, "EUR").minor == -500
    assert collecting.desk.pay_out()[1] == 10_500


def test_an_agency_that_exchanges_files_goes_the_same_way(collecting: Collecting, tmp_path: Path):
    out, back = tmp_path / "out", tmp_path / "back"
    out.mkdir()
    back.mkdir()
    folders = AgencyFolders(collecting.desk, out, back)
    wanted = AgencyWanted("Akten", "table", {"out": str(out), "back": str(back)}, ["DE"], more={"position": 0})
    Agency.objects.update(is_on=False)
    save_agency(collecting.merchant, None, wanted, by=BY, at=collecting.stage.now)
    order_ = collecting.stage.item("100012345").order
    hand_in_invoice(order_, "RE-345", b"%PDF-1.7 Rechnung", by=BY, at=collecting.stage.now)
    case = collecting.hand_over()
    collecting.work()
    assert sorted(path.suffix for path in out.iterdir()) == [".csv", ".pdf"]

    folders.work()
    collecting.desk.accept(case.reference)
    collecting.desk.collect(case.reference, 5000)
    collecting.stage.pays(Paid(1000, "100012345", "Eva Ehrlich", on=collecting.stage.now.date()))
    folders.work()
    collecting.later(hours=1)
    assert (collecting.case().hand_over, collecting.case().collected_minor) == (HandOver.ACCEPTED, 5000)
    assert collecting.stage.item("100012345").open_minor == 8990 - 5000 - 1000

    folders.work()
    assert [one["kind"] for one in collecting.desk.cases[case.reference].told] == ["direct_payment"]
    collecting.desk.close(case.reference, "unsuccessful")
    folders.work()
    collecting.later(hours=1)
    assert collecting.case().closed == "unsuccessful"


def test_what_was_paid_before_the_hand_over_on_the_same_day_is_no_direct_payment(collecting: Collecting):
    collecting.stage.pays(Paid(1000, "100012345", "Eva Ehrlich", on=collecting.stage.now.date()))
    collecting.stage.later(minutes=5)
    case = collecting.hand_over()
    collecting.later(hours=1)
    assert case.principal_minor == 7990
    assert collecting.desk.cases[case.reference].told == []


def test_a_word_nobody_knows_and_another_currency_are_set_aside_and_stop_nothing(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    agency = Agency.objects.get()
    at = collecting.stage.now
    odd = [
        News("k1", Heard.STAGE, at, reference=case.reference, word="moon"),
        News("k2", Heard.COLLECTED, at, reference=case.reference, amount=Amount(1000, "CHF")),
        News("k3", Heard.CLOSED, at, reference=case.reference, word=""),
    ]
    assert [hear(agency, one, at=at) for one in (*odd, *odd)] == [True] * 3 + [False] * 3
    assert hear(agency, News("k4", Heard.ACCEPTED, at, reference=case.reference), at=at)
    assert (collecting.case().hand_over, collecting.case().collected_minor) == (HandOver.ACCEPTED, 0)
    assert collecting.owed_by_agency() == 0
    aside = CaseEvent.objects.filter(case=None).order_by("key").values_list("kind", "text")
    assert [kind for kind, _text in aside] == ["unreadable"] * 3
    assert "10.00 CHF was told of a case in EUR" in aside[1][1]


def test_a_smaller_invoice_is_not_money_that_was_paid(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.stage.orders(eva(amount="39.90"))
    collecting.later(hours=1)
    assert (collecting.case().direct_minor, collecting.case().money) == (0, Money.UNPAID)
    collecting.desk.collect(case.reference, 3990)
    collecting.later(hours=1)
    assert collecting.case().money == Money.PAID


def test_a_payout_taken_and_given_back_and_taken_within_one_moment_is_booked_each_time(collecting: Collecting):
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.desk.collect(case.reference, 3000)
    number, _ = collecting.desk.pay_out()
    collecting.later(hours=1)
    collecting.stage.pays(Paid(3000, f"Auszahlung {number}", "Paywise GmbH", on=collecting.stage.now.date()))
    payout, payment, at = AgencyPayout.objects.get(), collecting.stage.payments()[-1], collecting.stage.now
    for _ in range(2):
        take_payout(collecting.merchant, payout.pk, payment.pk, by=BY, at=at)
        assert collecting.owed_by_agency() == 0
        give_back_payout(collecting.merchant, payout.pk, by=BY, at=at)
        assert collecting.owed_by_agency() == 3000
    take_payout(collecting.merchant, payout.pk, payment.pk, by=BY, at=at)
    take_payout(collecting.merchant, payout.pk, payment.pk, by=BY, at=at)
    assert collecting.owed_by_agency() == 0
