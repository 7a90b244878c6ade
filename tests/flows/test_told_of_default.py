"""A German consumer is in default thirty days after an invoice that says so, and not after one that does not."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from tests.connectors.mail_server import Post, mail_server
from tests.flows.test_payment_information import AT_HOME, deliver, rule, set_up
from tests.flows.test_run_dunning import Diary, levels, switch_on
from tests.stage import Stage, order

from zahlmeister.correspondence.models import OwnText, SentLetter
from zahlmeister.dunning.claims import default_of
from zahlmeister.dunning.in_default import Reason
from zahlmeister.dunning.models import Notice
from zahlmeister.flows.run_dunning import told_of

pytestmark = pytest.mark.django_db(transaction=True)
DUE = date(2026, 11, 23)


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as server:
        yield server


@pytest.fixture
def office(stage: Stage, post: Post) -> Stage:
    stage.now = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
    set_up(stage, post.port)
    rule(stage, "invoice")
    return stage


def own_words(stage: Stage) -> None:
    text = {"subject": "Hallo", "body": "{payment_details}"}
    OwnText.objects.create(merchant=stage.merchant, kind="invoice_information", language="de", **text)


def invoiced(stage: Stage, **more: object) -> None:
    given = {**AT_HOME, "payment_kind": "invoice", "due_on": DUE, "invoice_number": "R-1", **more}
    stage.orders(order("1001", "4990.00", **given))
    deliver(stage)


def test_who_was_told_is_in_default_without_a_reminder(office: Stage):
    invoiced(office)
    assert SentLetter.objects.get().tells_default

    default = default_of(office.item("1001"), told_of(office.item("1001")))

    assert (default.since, default.reason) == (date(2026, 12, 24), Reason.THIRTY_DAYS)


def test_interest_runs_from_that_day_though_the_first_notice_comes_later(office: Stage):
    invoiced(office)
    switch_on(office.merchant, "invoice", levels=levels(60, 30), on_working_days=False, with_interest=True, base="due")
    Diary(office).until(date(2027, 1, 23))

    notice = Notice.objects.get()
    assert notice.facts["default_since"] == "2026-12-24"
    assert notice.interest_minor > 0


@pytest.mark.parametrize("why", ["own words", "came back", "abroad", "never sent"])
def test_who_was_not_told_is_not(office: Stage, why: str):
    if why == "own words":
        OwnText.objects.create(
            merchant=office.merchant,
            kind="invoice_information",
            language="de",
            subject="Hallo",
            body="{payment_details}",
        )
    invoiced(office, **({"country": "CH"} if why == "abroad" else {}))
    if why == "came back":
        SentLetter.objects.update(bounced_at=office.now)
    if why == "never sent":
        SentLetter.objects.update(sent_at=None)

    assert default_of(office.item("1001"), told_of(office.item("1001"))) is None


def test_a_company_needs_no_telling(office: Stage):
    own_words(office)
    invoiced(office, company="Weber GmbH")

    default = default_of(office.item("1001"), told_of(office.item("1001")))
    assert default is not None
    assert default.reason == Reason.THIRTY_DAYS
