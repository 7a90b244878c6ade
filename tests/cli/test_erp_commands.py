"""ERPs at the terminal: connected, asked what they sent and was refused, and a year of one played."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.guaranteed import Market

from zahlmeister.cli.main import main
from zahlmeister.connectors.erps.documents import CreditNoteDocument
from zahlmeister.erps.connections import secret_of, signing_of
from zahlmeister.erps.models import ErpConnection, Receipt
from zahlmeister.erps.receipts import Came
from zahlmeister.flows.erps.receive_document import receive
from zahlmeister.merchants.models import Merchant
from zahlmeister.programs.models import ProgramKey
from zahlmeister.refusals import Refused


def run(*command: str) -> Result:
    return CliRunner().invoke(main, command)


def words(result: Result) -> str:
    """What it says, however the terminal breaks its lines."""
    return " ".join(result.output.split())


def test_a_program_gets_its_keys_once(merchant: Merchant) -> None:
    done = run("connect-erp", "Meine Wawi", "--webhook", "erp.example/events?shop=1")
    assert done.exit_code == 0, done.output
    assert "“Meine Wawi” is connected: by its own program (REST)." in done.output
    key, signing = re.findall(r"shown this once: (\S+)", done.output)
    erp = ErpConnection.objects.get(merchant=merchant)
    assert (signing_of(erp), erp.address) == (signing, "https://erp.example/events?shop=1")
    assert ProgramKey.objects.get(merchant=merchant).may_purchase
    assert key not in signing

    again = run("connect-erp", "Meine Wawi")
    assert again.exit_code == 1
    assert "There is an ERP “Meine Wawi” already" in words(again)
    assert ProgramKey.objects.count() == ErpConnection.objects.count() == 1


def test_folders_are_connected_when_they_can_be_read(
    merchant: Merchant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    for name in ("to", "from"):
        (tmp_path / name).mkdir()
    way = ("connect-erp", "Wawi", "--way", "folder", "--layout", "belege", "--setting", f"outbox={tmp_path / 'from'}")
    missing = run(*way)
    assert missing.exit_code == 1
    assert "For this ERP “folder” is missing" in words(missing)
    assert run(*way, "--setting", f"folder={tmp_path / 'nowhere'}").exit_code == 1
    assert not ErpConnection.objects.exists()

    done = run(*way, "--setting", f"folder={tmp_path / 'to'}")
    assert done.exit_code == 0, done.output
    assert "shown this once" not in done.output  # it calls nobody and is called by nobody
    erp = ErpConnection.objects.get(merchant=merchant)
    assert (erp.way, erp.profile, erp.settings["folder"]) == ("folder", "belege", str(tmp_path / "to"))


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (("--setting", "folder"), "name=value"),
        (("--setting", "foldr=/to"), "foldr"),
        (("--way", "pigeon"), "pigeon"),
        (("--layout", "none", "--way", "folder", "--setting", "folder=/a", "--setting", "outbox=/b"), "none"),
        (("--webhook", "http://erp.example"), "Use its address with https://"),
        (("--webhook", "ftp://erp.example"), "is no address"),
        (("--merchant", "nobody"), "nobody"),
    ],
)
def test_what_is_mistyped_is_named_and_nothing_is_kept(merchant: Merchant, told: tuple[str, ...], says: str) -> None:
    done = run("connect-erp", "Wawi", *told)
    assert done.exit_code in (1, 2)
    assert says in words(done)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert not ErpConnection.objects.exists()
    assert not ProgramKey.objects.exists()


def test_the_password_of_a_server_is_sealed_and_not_shown(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zahlmeister.flows.erps.connect_erp.look_at", lambda _: "3 files lie there")
    settings = ("--setting", "host=erp.example", "--setting", "user=b", "--setting", "folder=to")
    way = ("--way", "sftp", *settings, "--setting", "outbox=from", "--password", "geheim-42")
    done = run("connect-erp", "Wawi", *way)
    assert done.exit_code == 0, done.output
    assert "geheim-42" not in done.output
    erp = ErpConnection.objects.get(merchant=merchant)
    assert secret_of(erp) == {"password": "geheim-42"}
    assert "geheim-42" not in str(erp.settings) + str(erp.sealed)


def test_what_was_refused_is_listed_with_its_reason_and_tried_anew(merchant: Merchant, tmp_path: Path) -> None:
    market = Market(merchant, tmp_path)
    market.confirms()
    note = CreditNoteDocument(
        number="G1", order="1001", currency="EUR", invoice="R1", minor=1_000, credited_on=market.today
    )
    with pytest.raises(Refused):
        receive(merchant, note, Came("day.csv, row 2", "Wawi"), at=market.stage.now)
    listed = run("erp-documents", "--merchant", merchant.slug)
    assert listed.exit_code == 0, listed.output
    assert "G1 (day.csv, row 2): " in words(listed)
    assert "names invoice R1, which was not reported" in words(listed)

    still = run("erp-documents", "--merchant", merchant.slug, "--replay")
    assert "which was not reported" in words(still)
    market.bills()
    assert "taken now" in words(run("erp-documents", "--merchant", merchant.slug, "--replay"))
    assert Receipt.objects.get(number="G1").state == "taken"
    assert run("erp-documents", "--merchant", merchant.slug).output == ""


@pytest.mark.django_db
def test_a_week_is_played_and_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZAHLMEISTER_HOME", "ZAHLMEISTER_DATABASE", "ZAHLMEISTER_PRIVATE"):
        monkeypatch.setenv(name, "")  # the command sets them; the test gives them back
    done = run("simulate-purchase", "--days", "7", "--orders", "60", "--seed", "3")
    assert done.exit_code == 0, done.output
    said = dict(line.rsplit(None, 1) for line in done.stdout.splitlines() if line[-1:].isdigit())
    assert int(said["orders"]) > 1
    assert int(said["paid out"]) + int(said["carried"]) == int(said["expected"]) > 0
    assert "what was paid out is what the ERP's own books say" in done.stdout


def test_a_year_without_days_is_refused() -> None:
    assert "6 is not in the range" in words(run("simulate-purchase", "--days", "6"))
