"""Statements are handed in, watched while they are read, and summed up."""

import zipfile
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.office.conftest import fill
from tests.stage import Paid, Stage, order

from zahlmeister.banking.models import BankAccount, BankTransaction, StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.flows.receive_statement import receive_next
from zahlmeister.flows.start_account import settle_started


def hand_in(office: Client, *files: tuple[str, bytes], **said: str) -> object:
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return office.post("/statements/", {"files": uploads, **said})


def packed(**files: bytes) -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name.replace("_xml", ".xml"), content)
    return archive.getvalue()


def test_a_file_is_handed_in_and_leads_to_its_progress(stage: Stage, office: Client) -> None:
    answer = hand_in(office, ("november.xml", stage.statement(Paid(2498, "Bestellung 1"))))
    [row] = StatementImport.objects.all()
    assert answer.headers["Location"] == f"/statements/{row.pk}/"
    assert (row.state, row.name, row.created_by) == (ImportState.WAITING, "november.xml", "brigitte@wollstube.example")
    assert 'hx-trigger="every 1s"' in office.get(answer.headers["Location"]).content.decode()


def test_the_same_file_again_is_said_and_not_kept_twice(stage: Stage, office: Client) -> None:
    content = stage.statement(Paid(2498, "Bestellung 1"))
    hand_in(office, ("november.xml", content))
    answer = hand_in(office, ("again.xml", content))
    assert StatementImport.objects.count() == 1
    assert "nothing is booked twice" in office.get(answer.headers["Location"]).content.decode()


def test_several_files_and_an_archive_at_once(stage: Stage, office: Client) -> None:
    one, two, three = (stage.statement(Paid(minor, "x")) for minor in (1, 2, 3))
    answer = hand_in(office, ("one.xml", one), ("rest.zip", packed(two_xml=two, three_xml=three)))
    assert answer.headers["Location"] == "/statements/"
    assert set(StatementImport.objects.values_list("name", flat=True)) == {"one.xml", "two.xml", "three.xml"}
    assert "3 files are lined up" in office.get("/statements/").content.decode()


def test_what_is_no_statement_is_refused_in_a_sentence(stage: Stage, office: Client) -> None:
    for files, words in (
        ([], "No file was chosen"),
        ([("empty.xml", b"")], "empty"),
        ([("broken.zip", b"PK\x03\x04nonsense")], "no zip archive"),
        ([("march.xlsx", packed(**{"xl/workbook_xml": b"<x/>"}))], "an Excel workbook"),
    ):
        page = office.get(hand_in(office, *files).headers["Location"]).content.decode()
        assert 'class="error"' in page
        assert words in page
    assert not StatementImport.objects.exists()


def test_an_archive_with_a_broken_member_keeps_what_came_before(stage: Stage, office: Client) -> None:
    hand_in(office, ("rest.zip", packed(good_xml=stage.statement(Paid(1, "x")), empty_xml=b"")))
    assert StatementImport.objects.get().name == "good.xml"


def test_progress_says_how_far_it_is_and_then_shows_the_summary(stage: Stage, office: Client) -> None:
    hand_in(office, ("november.xml", stage.statement(Paid(2498, "x"))))
    row = StatementImport.objects.get()
    StatementImport.objects.filter(pk=row.pk).update(
        state=ImportState.RUNNING, expected=100_000, entries_done=31_200, settled=28_874
    )
    running = office.get(f"/statements/{row.pk}/progress", headers={"HX-Request": "true"})
    assert "31,200 of 100,000 entries, 28,874 settled" in running.content.decode()
    assert 'value="31200"' in running.content.decode()
    assert "<html" not in running.content.decode()
    StatementImport.objects.filter(pk=row.pk).update(state=ImportState.DONE)
    done = office.get(f"/statements/{row.pk}/progress", headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    assert "hx-trigger" not in done.content.decode()


def test_the_summary_leads_to_the_rows(stage: Stage, office: Client) -> None:
    numbers = fill(stage)
    page = office.get(f"/statements/{numbers.import_id}/").content.decode()
    link = f"/payments/?import={numbers.import_id}&amp;state=assigned"
    assert link in page
    [row] = office.get(link.replace("&amp;", "&")).context["rows"]
    assert row.payer == "Anna Weber"


def test_a_broken_file_says_why_and_can_be_tried_again(stage: Stage, office: Client) -> None:
    hand_in(office, ("broken.xml", stage.statement(Paid(1, "x"))))
    row = StatementImport.objects.get()
    StatementImport.objects.filter(pk=row.pk).update(state=ImportState.BROKEN, error="broken.xml, entry 7: no amount.")
    assert "broken.xml, entry 7: no amount." in office.get("/").content.decode()
    assert "Try again" in office.get(f"/statements/{row.pk}/").content.decode()
    office.post(f"/statements/{row.pk}/retry")
    row.refresh_from_db()
    assert row.state == ImportState.WAITING
    page = office.get(office.post(f"/statements/{row.pk}/retry").headers["Location"]).content.decode()
    assert 'class="error"' in page


def test_balances_by_the_books_and_by_the_statements(stage: Stage, office: Client) -> None:
    numbers = fill(stage)
    page = office.get("/statements/").content.decode()
    assert "1,058.31" in page
    assert "agree" in page
    account = office.get(f"/accounts/{numbers.account_id}/").content.decode()
    assert "Unbekannt Verzogen" in account
    assert "1,058.31" in account


def test_outgoing_money_has_a_real_minus(stage: Stage, office: Client) -> None:
    stage.pays(Paid(-123456, "Miete", "Vermieter"))
    account = BankTransaction.objects.get().account_id
    assert "\u22121,234.56" in office.get(f"/accounts/{account}/").content.decode()


def test_lists_cost_few_queries(stage: Stage, office: Client, django_assert_max_num_queries: object) -> None:
    stage.orders(order("1", "1.00"))
    stage.pays(*[Paid(number, f"x{number}") for number in range(1, 61)])
    account = BankTransaction.objects.first().account_id
    with django_assert_max_num_queries(23):
        office.get("/statements/")
    with django_assert_max_num_queries(26):
        office.get(f"/accounts/{account}/")


BOX = 'name="assign_at_once"'


def test_the_box_is_offered_until_the_first_account_has_a_statement(stage: Stage, office: Client) -> None:
    assert BOX in office.get("/").content.decode()
    assert BOX in office.get("/statements/").content.decode()
    stage.pays(Paid(2498, "x"))
    assert BOX not in office.get("/statements/").content.decode()

    BankAccount.objects.create(merchant=stage.merchant, number="DE68210501700012345678", currency="EUR")
    assert BOX in office.get("/statements/").content.decode()


def test_the_first_file_waits_for_one_action_on_its_page_and_on_today(
    stage: Stage, office: Client, bookkeeper: Client
) -> None:
    stage.orders(order("100012345", "24.98"))
    hand_in(office, ("november.xml", stage.statement(Paid(2498, "Bestellung 100012345"))))
    receive_next(clock=stage.clock)
    address = f"/statements/{StatementImport.objects.get().pk}/"
    start = f"/accounts/{BankAccount.objects.get().pk}/start"
    assert "1 payment is only recorded" in office.get("/").content.decode()
    page = office.get(address).content.decode()
    assert "1 payment is only recorded" in page
    assert f'action="{start}"' in page
    assert start not in bookkeeper.get(address).content.decode()

    told = office.post(start, follow=True).content.decode()
    assert "being assigned" in told
    assert "Assign them now" not in office.get(address).content.decode()
    while settle_started(clock=stage.clock):
        pass
    assert stage.item("100012345").open_minor == 0
    for place in ("/", address, start.removesuffix("start")):
        assert "only recorded" not in office.get(place).content.decode()
    assert StatementImport.objects.get().settled == 1


def test_with_the_box_ticked_the_first_file_is_assigned_at_once(stage: Stage, office: Client) -> None:
    stage.orders(order("100012345", "24.98"))
    content = stage.statement(Paid(2498, "Bestellung 100012345"))
    hand_in(office, ("november.xml", content), assign_at_once="1")
    receive_next(clock=stage.clock)

    assert stage.item("100012345").open_minor == 0
    assert "only recorded" not in office.get("/").content.decode()
