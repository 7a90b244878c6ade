"""A guaranteed invoice in the guarantor's name: reminded, rested, handed to an agency, back as money or as a loss."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.flows.test_collection import CREDITOR
from tests.flows.test_run_dunning import Diary, levels, switch_on
from tests.guaranteed import Market
from tests.stage import Paid

from zahlmeister.collection.models import Case
from zahlmeister.dunning.models import Notice
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.follow_cases import follow_cases
from zahlmeister.flows.hand_over import hand_over
from zahlmeister.flows.hear_agency import hear_next
from zahlmeister.flows.purchase.dispute import dispute, end_dispute, give_up
from zahlmeister.flows.steer_collection import AgencyWanted, save_agency, save_creditor
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.purchase.states import Dispute
from zahlmeister.sandbox.agency import AgencyDesk, AgencyServer

pytestmark = pytest.mark.django_db(transaction=True)
BY = "eva@sicherkauf.example"


class Asking:
    """Days in the guarantor's house: its own reminders, agency and bank."""

    def __init__(self, market: Market, desk: AgencyDesk) -> None:
        self.market, self.desk = market, desk

    def until(self, last: date) -> list[date]:
        """Let days pass; on which of them the buyer was written to."""
        days = Diary(self.market.stage).until(last)
        self.market.works()
        return [day for day, _order, _level in days]

    def works(self) -> None:
        self.market.stage.later(hours=1)
        while [turn for turn in (follow_cases, hear_next, deliver_next) if turn(clock=self.market.stage.clock)]:
            pass
        self.market.works()

    def hands_over(self) -> Case:
        """After the last level, on a day on which the bank was read."""
        self.market.stage.pays(Paid(-1, "Kontoführung", "Bank", on=self.market.today))
        case = hand_over(self.market.party, self.market.capture().item_id, by=BY, at=self.market.stage.now)
        self.works()
        return case


@pytest.fixture
def asking(merchant: Merchant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    market = Market(merchant, tmp_path)
    with asks(market) as made:
        yield made


@contextmanager
def asks(market: Market) -> Iterator[Asking]:
    """Anna was billed 100 euros, is asked twice after the due day, and lives where an agency works."""
    desk = AgencyDesk(market.stage.clock)
    server = AgencyServer(desk)
    save_creditor(market.party, {**CREDITOR, "name": "Sicherkauf AG"}, by=BY, at=market.stage.now)
    wanted = AgencyWanted("PAYWISE", "paywise", {"address": server.address}, ["DE"], {"key": "geheim"})
    save_agency(market.party, None, wanted, by=BY, at=market.stage.now)
    switch_on(market.party, "invoice", levels=levels(4, 7), end_days=7, on_working_days=False)
    market.confirms()
    market.bills()
    yield Asking(market, desk)
    server.close()


def test_asking_rests_twice_and_the_invoice_comes_back_from_the_agency_as_money(asking: Asking) -> None:
    market, due_on = asking.market, asking.market.capture().due_on
    asking.until(due_on + timedelta(days=1))
    market.announces_return(2_000)
    assert asking.until(due_on + timedelta(days=12)) == []
    market.credits(2_000)
    dispute(market.merchant, market.capture().pk, Dispute.FAULTY, None, by="erp", at=market.stage.now)
    assert asking.until(due_on + timedelta(days=16)) == []
    end_dispute(market.party, market.capture().pk, is_buyer_right=False, by=BY, at=market.stage.now)
    assert len(asking.until(due_on + timedelta(days=45))) == 2
    assert {one.merchant_id for one in Notice.objects.all()} == {market.party.pk}
    assert (market.capture().claim, sum(market.transferred())) == ("dunned", 8_000)

    case = asking.hands_over()
    assert market.capture().claim == "in_collection"
    assert asking.desk.cases[case.reference].owed["principal"] == 8_000
    asking.desk.accept(case.reference)
    asking.desk.collect(case.reference, 1_000_000)
    asking.desk.close(case.reference, "paid_full")
    asking.works()
    assert market.capture().claim == "paid"
    told = [kind for kind in market.told() if kind in ("overdue", "dunned", "in_collection", "paid", "written_off")]
    assert told == ["overdue", "dunned", "in_collection", "paid"]
    market.passes(14)
    assert (sum(market.transferred()), market.capture().guarantee) == (8_000, "in_payout")
    assert market.wrong() == []


def test_what_the_agency_gives_back_unpaid_is_the_guarantors_loss(asking: Asking) -> None:
    market = asking.market
    asking.until(market.capture().due_on + timedelta(days=30))
    case = asking.hands_over()
    asking.desk.accept(case.reference)
    asking.desk.close(case.reference, "unsuccessful")
    asking.works()
    assert market.capture().claim == "dunned"
    give_up(market.party, market.capture().pk, by=BY, at=market.stage.now, reason="the agency found nothing")
    market.works()

    assert (market.capture().claim, market.book(market.party, Book.LOSSES)) == ("written_off", 10_000)
    assert (sum(market.transferred()), market.told()[-1]) == (10_000, "written_off")
    assert market.wrong() == []
