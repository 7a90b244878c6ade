"""Money cannot leave without a posting and an approval that the history shows; lists, caps and odd days stop it."""

from datetime import date
from pathlib import Path

import pytest
from tests.flows.test_outgoing import MONDAY, Desk

from zahlmeister.banking.models import Connection, ConnectionKind
from zahlmeister.banking.outgoing_models import Approval, PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import FileState
from zahlmeister.flows.approve_payment import approve_payment, settle_doubt
from zahlmeister.flows.change_limits import Limits, change_limits
from zahlmeister.flows.make_payment_file import export_file, preview
from zahlmeister.flows.send_payment_file import queue_file
from zahlmeister.formats.payments.parties import Party
from zahlmeister.history.models import Step
from zahlmeister.ledger.models import Account, Posting
from zahlmeister.merchants.models import Membership, Merchant, Role
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "name,reference\nIgor Vladimirowitsch Schurke,EU.1234.56\n"


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    return Desk(merchant, tmp_path)


def hands_out(desk: Desk, file: PaymentFile) -> bytes:
    return export_file(file, by="brigitte", at=desk.stage.now)


# ---- the proof -----------------------------------------------------------------------------------------------------


def test_what_was_approved_and_posted_is_handed_out(desk: Desk) -> None:
    desk.approved()
    assert b"Anna Berger" in hands_out(desk, desk.file())


def test_a_row_that_was_set_to_approved_past_the_house_is_not_handed_out(desk: Desk) -> None:
    order = desk.draft()
    PaymentOrder.objects.filter(pk=order.pk).update(state="approved")
    with pytest.raises(Refused, match="Nobody has approved"):
        hands_out(desk, desk.file())
    assert PaymentFile.objects.get().state == FileState.MADE


def test_an_approval_without_a_step_in_the_history_is_none(desk: Desk) -> None:
    order = desk.draft()
    Approval.objects.create(merchant=desk.merchant, order=order, person=desk.benno, at=desk.stage.now)
    PaymentOrder.objects.filter(pk=order.pk).update(state="approved")
    with pytest.raises(Refused, match="Nobody has approved"):
        hands_out(desk, desk.file())


def test_a_step_that_was_written_into_the_history_breaks_its_chain(desk: Desk) -> None:
    order = desk.draft()
    Step.objects.filter(subject="transfer", subject_id=order.pk).update(verb="approved")
    PaymentOrder.objects.filter(pk=order.pk).update(state="approved")
    with pytest.raises(Refused, match="history"):
        hands_out(desk, desk.file())


@pytest.mark.parametrize("change", ["gone", "other amount"])
def test_without_its_posting_nothing_is_handed_out(desk: Desk, change: str) -> None:
    desk.approved()
    file = desk.file()
    rows = Posting.objects.filter(text="payment_ordered")
    if change == "gone":
        rows.update(source="elsewhere:1", subject="elsewhere:1")
    else:
        rows.update(amount_minor=1)
    with pytest.raises(Refused, match="not in the books"):
        hands_out(desk, file)


def test_nor_is_it_put_in_line_for_the_bank(desk: Desk) -> None:
    order = desk.draft()
    PaymentOrder.objects.filter(pk=order.pk).update(state="approved")
    settings = {"host": "bank.example", "port": 22, "user": "b", "path": "in", "outbox": "out"}
    line = Connection.objects.create(
        merchant=desk.merchant,
        kind=ConnectionKind.SFTP,
        name="bank",
        settings=settings,
        due_at=desk.stage.now,
        created_at=desk.stage.now,
    )
    with pytest.raises(Refused, match="Nobody has approved"):
        queue_file(desk.file(), line, by="brigitte", at=desk.stage.now)
    assert PaymentFile.objects.get().state == FileState.MADE


def test_every_file_that_left_can_be_shown_to_have_been_approved(desk: Desk) -> None:
    for number in range(3):
        desk.approved(f"office:{number}")
    hands_out(desk, desk.file())
    for order in PaymentOrder.objects.exclude(file=None):
        assert Posting.objects.filter(source=f"transfer:{order.pk}:ordered:{order.file_id}").count() == 1
        assert Step.objects.filter(subject="transfer", subject_id=order.pk, verb="approved").exists()
    on_its_way = Account.objects.get(book="on_its_way")
    assert -on_its_way.balance_minor == sum(PaymentOrder.objects.values_list("amount_minor", flat=True))


# ---- caps ----------------------------------------------------------------------------------------------------------


def test_beyond_the_cap_of_a_day_it_waits_for_the_next_one(desk: Desk) -> None:
    Merchant.objects.update(day_cap_minor=4000)
    desk.account.refresh_from_db()
    for number in range(3):
        desk.approved(f"office:{number}")
    shown = preview(desk.account, at=desk.stage.now)
    assert (len(shown.orders), len(shown.capped)) == (2, 1)
    desk.file()
    with pytest.raises(Refused, match="left already"):
        desk.file()
    desk.stage.later(days=1)
    assert desk.file().count == 1


def test_one_recipient_gets_no_more_than_his_cap(desk: Desk) -> None:
    Merchant.objects.update(recipient_cap_minor=2000)
    desk.account.refresh_from_db()
    desk.approved("office:1", 1999)
    desk.approved("office:2", 2)
    shown = preview(desk.account, at=desk.stage.now)
    assert [order.amount_minor for order in shown.orders] == [1999]


def test_only_an_owner_changes_the_caps(desk: Desk) -> None:
    change_limits(desk.merchant, Limits(100_000, 14, 500_000, 200_000), by=desk.brigitte, at=desk.stage.now)
    kept = Merchant.objects.get()
    assert (kept.day_cap_minor, kept.recipient_cap_minor) == (500_000, 200_000)
    Membership.objects.filter(person=desk.benno).update(role=Role.CLERK)
    for limits in (Limits(100_000, 14), Limits(100_000, 14, -1)):
        by = desk.benno if limits.day_cap_minor is None else desk.brigitte
        with pytest.raises(Refused):
            change_limits(desk.merchant, limits, by=by, at=desk.stage.now)


# ---- lists and odd days --------------------------------------------------------------------------------------------


@pytest.fixture
def listed(desk: Desk, tmp_path: Path, settings: object) -> Desk:
    path = tmp_path / "sanctions.csv"
    path.write_text(LIST, encoding="utf-8")
    settings.SANCTIONS = str(path)
    return desk


def test_who_may_be_on_a_list_waits_for_an_owner(listed: Desk) -> None:
    order = listed.draft(creditor=Party("SCHURKE, Igor Wladimirowitsch"))
    assert order.doubt == "sanctioned"
    approve_payment(order, by=listed.benno, at=listed.stage.now)
    with pytest.raises(Refused, match="No approved transfer"):
        listed.file()
    Membership.objects.filter(person=listed.benno).update(role=Role.CLERK)
    with pytest.raises(Refused, match="owner"):
        settle_doubt(order, by=listed.benno, at=listed.stage.now)
    settle_doubt(order, by=listed.brigitte, at=listed.stage.now)
    assert listed.file().count == 1
    told = Step.objects.get(subject="transfer", subject_id=order.pk, verb="sanctioned")
    assert "EU.1234.56" in told.reason


def test_others_are_not_stopped(listed: Desk) -> None:
    assert listed.draft().doubt == ""


def test_who_comes_onto_the_list_after_the_approval_is_stopped_too(
    desk: Desk, tmp_path: Path, settings: object
) -> None:
    desk.approved(creditor=Party("Igor Vladimirowitsch Schurke"))
    path = tmp_path / "sanctions.csv"
    path.write_text(LIST, encoding="utf-8")
    settings.SANCTIONS = str(path)
    with pytest.raises(Refused, match="No approved transfer"):
        desk.file()
    assert PaymentOrder.objects.get().doubt == "sanctioned"


def test_a_list_that_cannot_be_read_stops_everything(desk: Desk, tmp_path: Path, settings: object) -> None:
    settings.SANCTIONS = str(tmp_path / "nowhere.csv")
    with pytest.raises(Refused, match="cannot be read"):
        desk.draft()
    assert not PaymentOrder.objects.exists()


def test_much_more_than_on_other_days_waits_for_a_person(desk: Desk) -> None:
    for day in range(6):
        assert desk.draft(f"office:{day}", execute_on=date(2026, 12, 10)).doubt == ""
        desk.stage.later(days=1)
    assert desk.draft("office:usual", 5997, execute_on=date(2026, 12, 10)).doubt == ""
    assert desk.draft("office:unusual", 1, execute_on=date(2026, 12, 10)).doubt == "unusual"
    assert desk.stage.now.date() > MONDAY
