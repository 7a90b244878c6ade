"""What the operator is told before anybody else notices: in sentences, with what to do."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils import timezone
from tests.connectors.mail_server import mail_server

from zahlmeister.cli.main import main
from zahlmeister.merchants import text_index
from zahlmeister.merchants.models import Merchant, Trouble
from zahlmeister.outbox.write import Said, tell
from zahlmeister.payouts.models import BooksCheck

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def right(settings, monkeypatch: pytest.MonkeyPatch):
    """An installation behind a proxy, with a mail server, in which nothing is wrong."""
    settings.PUBLIC_ADDRESS, settings.ALLOWED_HOSTS, settings.SECURE = "https://pay.example", ["pay.example"], True
    monkeypatch.setenv("ZAHLMEISTER_PROXY", "127.0.0.1")
    monkeypatch.setattr(text_index, "missing_text_indexes", list)
    with mail_server() as server:
        settings.MAIL_WAY = f"smtp+plain://127.0.0.1:{server.port}"
        yield settings


def check() -> tuple[int, str]:
    done = CliRunner().invoke(main, ["check"])
    return done.exit_code, done.output


def test_nothing_is_said_when_nothing_is_wrong(right) -> None:
    assert check() == (0, "Everything looks right.\n")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ALLOWED_HOSTS", ["localhost"], "name it in ZAHLMEISTER_HOSTS, too"),
        ("SECURE", False, "set ZAHLMEISTER_SECURE=1"),
        ("MAIL_WAY", "pigeon:/", "“pigeon:” is none of these"),
        ("MAIL_WAY", "smtp+plain://127.0.0.1:1", "ZAHLMEISTER_MAIL"),
        ("PRINT_FOLDER", "/nowhere", "letters wait there"),
        ("SANCTIONS", "/nowhere.csv", "nothing leaves before"),
        ("STOLEN_PASSWORDS", "/nowhere.txt", "which cannot be read (No such file or directory)"),
        ("STOLEN_PASSWORDS", __file__, "which has no lines “SHA-1:count”"),
    ],
)
def test_what_is_wrong_is_said_and_the_command_fails(right, name: str, value: object, sentence: str) -> None:
    setattr(right, name, value)
    status, told = check()
    assert status == 1
    assert sentence in told


@pytest.mark.parametrize("told", ["https://shop.example", "shop.example:443", "märkte.example"])
def test_a_host_that_is_none_is_said(right, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_CALLS", f"ec.europa.eu,{told}")
    status, said = check()
    assert status == 1
    assert f"ZAHLMEISTER_CALLS: “{told}” is no host" in said


def test_hosts_without_the_one_for_vat_ids_are_worth_a_note(right, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_CALLS", ".shop.example,*.bank.example,api.paypal.com,9.9.9.9")
    status, said = check()
    assert (status, said) == (
        0,
        "note   VAT ids cannot be asked about: ZAHLMEISTER_CALLS does not name ec.europa.eu.\n",
    )


def test_what_is_only_worth_knowing_fails_nothing(right) -> None:
    right.MAIL_WAY, right.PUBLIC_ADDRESS, right.ALLOWED_HOSTS = "", "http://localhost:8000", ["localhost"]
    status, told = check()
    assert (status, told.count("note ")) == (0, 2)


def test_texts_that_no_index_holds_are_worth_a_sentence(right, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "missing_text_indexes", lambda: ["order_texts"])
    status, told = check()
    assert (status, told.count("note ")) == (0, 1)
    assert "CREATE EXTENSION pg_trgm, then run `zahlmeister migrate`" in told


def test_a_secret_that_others_can_read_is_wrong(right, tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("s")
    (tmp_path / "secret.key").chmod(0o644)
    right.SECRET_FILE = tmp_path / "secret.key"
    assert "chmod 600" in check()[1]


def test_a_secret_whose_change_was_not_finished_is_worth_a_sentence(right, tmp_path: Path) -> None:
    right.SECRET_FILE = tmp_path / "secret.key"
    right.SECRET_FILE.touch(0o600)
    right.SECRET_FILE.write_text("new\nold\n")
    status, told = check()
    assert status == 0
    assert "`zahlmeister rotate-key --finish`" in told


def test_work_that_nobody_does_and_books_that_do_not_add_up(right, merchant: Merchant) -> None:
    long_ago = timezone.now() - timedelta(minutes=30)
    tell(merchant.pk, [Said("mail", "order:1", "mail:1", {})], at=long_ago)
    BooksCheck.objects.create(merchant=merchant, on=long_ago.date(), at=long_ago, findings=["1 cent"])
    status, told = check()
    assert status == 1
    assert "waited for 30 minutes; does a `zahlmeister worker` run?" in told
    assert "check-books --all" in told


def test_a_row_that_fails_again_and_again_is_said(right, merchant: Merchant) -> None:
    trouble = Trouble.objects.create(merchant=merchant, turn="pay_out", row=7, failures=1, look_at=timezone.now())
    assert check() == (0, "Everything looks right.\n")
    Trouble.objects.filter(pk=trouble.pk).update(failures=2)
    status, told = check()
    assert status == 1
    assert "“pay_out” has failed again and again for 1 rows" in told
