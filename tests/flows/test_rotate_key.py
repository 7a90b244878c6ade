"""The installation gets another secret: everything opens before, meanwhile and afterwards, whoever dies in between."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from click.testing import CliRunner
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils.crypto import salted_hmac
from tests.dying import Killed, dying
from tests.stage import Stage

from zahlmeister.cli.rotate_key import rotate_key
from zahlmeister.correspondence import pages
from zahlmeister.correspondence.models import MailAccount
from zahlmeister.credit.keys import Kind, digest
from zahlmeister.flows import close_month
from zahlmeister.flows import rotate_key as flow
from zahlmeister.flows.people.prove import content_of
from zahlmeister.merchants.key_file import keys, made_keys
from zahlmeister.merchants.models import LastingKey, Membership, Person, ProofDocument
from zahlmeister.merchants.seal import Unopened, is_signature, opened, seal, signing_key
from zahlmeister.refusals import Refused

WORD = {"password": "Zopfmuster"}


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    """A secret of this test alone, an hour old."""
    settings.HOME = tmp_path  # with its lock: tests beside this one finish, too
    settings.SECRET_FILE = tmp_path / "secret.key"
    made_keys(settings.SECRET_FILE)
    an_hour_ago(settings.SECRET_FILE)
    return settings.SECRET_FILE


def an_hour_ago(file: Path) -> None:
    """The file was changed an hour ago: whoever read it before has written long since."""
    then = now().timestamp() - 3600
    os.utime(file, (then, then))


def now() -> datetime:
    return datetime.now(UTC)


def finish(file: Path, **how: bool) -> None:
    an_hour_ago(file)
    flow.finish(file, at=now(), **how)


@pytest.fixture
def document(stage: Stage, brigitte: Person, file: Path) -> ProofDocument:
    content = seal({"bytes": b"%PDF".hex()}, f"proof:{stage.merchant.pk}")
    path = default_storage.save("proofs/one", ContentFile(content))
    return ProofDocument.objects.create(
        merchant=stage.merchant, kind="identity", name="p.pdf", media="application/pdf", size=4, sha256="0", path=path,
        by=brigitte, at=stage.now,
    )  # fmt: skip


@pytest.fixture
def brigitte(stage: Stage) -> Person:
    person = Person.objects.create_user("brigitte@rotating.example", "wolle-und-garn")
    Membership.objects.create(merchant=stage.merchant, person=person)
    return person


def mail_account(stage: Stage) -> MailAccount:
    sealed = seal(WORD, f"mail:{stage.merchant.pk}")
    return MailAccount.objects.create(merchant=stage.merchant, host="mail.example", port=587, user="b", sealed=sealed)


def word_of(account: MailAccount) -> dict[str, str]:
    account.refresh_from_db()
    return opened(bytes(account.sealed), f"mail:{account.merchant_id}")


def test_everything_opens_with_the_new_secret_alone(
    stage: Stage, brigitte: Person, document: ProofDocument, file: Path
) -> None:
    account = mail_account(stage)
    client = Client()
    client.force_login(brigitte)
    TOTP.activate(brigitte, "GEHEIM")
    known = digest(stage.merchant.pk, Kind.EMAIL, "anna@example.org")
    old_path = document.path
    (old,) = keys(file).used

    flow.begin(file)
    assert word_of(account) == WORD  # the old one still opens
    found = flow.seal_anew()
    assert (found.older, found.lost) == (5, 0)  # mail, session, factor, document, and the key of the hashes
    assert flow.seal_anew().older == 0
    finish(file)

    assert old not in file.read_text()
    assert word_of(account) == WORD
    assert client.get("/me/").status_code == 200
    factor = Authenticator.objects.get(user=brigitte, type=Authenticator.Type.TOTP).wrap()
    assert opened(factor.instance.data["secret"].encode(), flow.FACTOR) == {"secret": "GEHEIM"}
    document.refresh_from_db()
    assert content_of(document) == b"%PDF"
    assert not default_storage.exists(old_path)
    assert digest(stage.merchant.pk, Kind.EMAIL, "anna@example.org") == known


@pytest.mark.parametrize("moment", ["before", "after"])
def test_who_dies_in_the_middle_goes_on_by_doing_it_again(
    transactional_db: None, stage: Stage, file: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(flow, "BATCH", 1)
    account = mail_account(stage)
    LastingKey.objects.create(
        merchant=stage.merchant, purpose="one", sealed=seal({"key": "00"}, f"lasting:{stage.merchant.pk}:one")
    )
    flow.begin(file)
    with dying(monkeypatch, at=1, moment=moment), pytest.raises(Killed):
        flow.seal_anew()
    assert word_of(account) == WORD
    with pytest.raises(Refused, match="still sealed with an older secret"):
        finish(file)
    assert flow.begin(file) is False  # no third secret
    flow.seal_anew()
    finish(file)
    assert word_of(account) == WORD
    assert len(keys(file).secrets) == 1


def test_what_somebody_changes_meanwhile_is_not_written_over(
    stage: Stage, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = mail_account(stage)
    flow.begin(file)
    real = flow.sealed_anew

    def slow(sealed: bytes, purpose: str) -> bytes | None:
        made = real(sealed, purpose)
        if purpose.startswith("mail:") and made:
            newer = seal({"password": "typed just now"}, purpose)
            MailAccount.objects.filter(pk=account.pk).update(sealed=newer)
        return made

    monkeypatch.setattr(flow, "sealed_anew", slow)
    flow.seal_anew()
    assert word_of(account) == {"password": "typed just now"}


def test_links_on_paper_and_closings_outlive_the_secret_and_others_need_it(stage: Stage, file: Path) -> None:
    page, text = pages.token(42), b"a month"
    old = salted_hmac(pages.PURPOSE, "16", secret=keys(file).used[0], algorithm="sha256").hexdigest()
    assert page == f"16-{old[:32]}"  # as it was before secrets could change
    signature = signing_key(close_month.PURPOSE).sign(text)
    flow.begin(file)
    assert pages.token(42) != page
    flow.seal_anew()
    finish(file)
    assert pages.item_of(page) == pages.item_of(pages.token(42)) == 42
    assert pages.item_of(page[:-1] + "x") is pages.item_of("16-") is None
    assert is_signature(close_month.PURPOSE, signature, text)
    assert not is_signature(close_month.PURPOSE, signature, b"another month")

    flow.begin(file)
    flow.seal_anew()
    finish(file, ends_links=True)  # somebody has seen the secret
    assert pages.item_of(page) is None
    assert is_signature(close_month.PURPOSE, signature, text)


def test_a_prepared_secret_is_believed_before_it_is_used(stage: Stage, file: Path) -> None:
    account = mail_account(stage)
    flow.prepare(file)
    with pytest.raises(Refused, match="under way"):
        flow.prepare(file)
    coming = keys(file).coming
    assert keys(file).secrets[-1] == coming
    assert flow.begin(file)
    assert keys(file).used[0] == coming
    assert word_of(account) == WORD


def test_nothing_is_dropped_while_somebody_may_still_write_with_it(stage: Stage, file: Path) -> None:
    with pytest.raises(Refused, match="no older secret"):
        flow.finish(file, at=now())
    flow.begin(file)
    with pytest.raises(Refused, match="less than 15 minutes ago"):
        flow.finish(file, at=datetime.fromtimestamp(file.stat().st_mtime, UTC) + timedelta(minutes=14))
    assert len(keys(file).used) == 2


def test_what_no_secret_opens_is_counted_and_keeps_nobody(stage: Stage, file: Path) -> None:
    account = mail_account(stage)
    MailAccount.objects.update(sealed=b"nonsense")
    flow.begin(file)
    assert flow.seal_anew().lost == 1
    finish(file)
    with pytest.raises(Unopened):
        word_of(account)


def test_a_document_whose_file_is_gone_is_said_and_keeps_nobody(
    stage: Stage, document: ProofDocument, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zahlmeister.cli.rotate_key.open_house", lambda: None)
    account = mail_account(stage)
    default_storage.delete(document.path)
    done = CliRunner().invoke(rotate_key)
    assert done.exit_code == 0, done.output
    assert "1 documents that merchants handed in are not in the files of this installation." in done.output
    assert word_of(account) == WORD
    an_hour_ago(file)
    assert CliRunner().invoke(rotate_key, ["--finish"]).exit_code == 0


def test_the_command_seals_says_so_and_refuses_in_a_sentence(
    stage: Stage, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zahlmeister.cli.rotate_key.open_house", lambda: None)
    mail_account(stage)
    done = CliRunner().invoke(rotate_key)
    assert done.exit_code == 0, done.output
    assert "values were sealed anew." in done.output
    refused = CliRunner().invoke(rotate_key, ["--finish"])
    assert (refused.exit_code, "minutes ago" in refused.output) == (1, True)
    an_hour_ago(file)
    assert CliRunner().invoke(rotate_key, ["--finish"]).exit_code == 0
    prepared = CliRunner().invoke(rotate_key, ["--prepare"])
    assert "Put that file on every host" in prepared.output
    assert CliRunner().invoke(rotate_key, ["--end-links"]).exit_code == 2


def test_the_file_is_its_owners_alone_and_nonsense_in_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    assert len(made_keys(path).used[0]) > 60
    assert path.stat().st_mode & 0o777 == 0o600
    assert made_keys(path) == keys(path)
    assert [each.name for each in tmp_path.iterdir()] == ["secret.key"]
    path.write_text("secret\nmark only-one-word\n")
    with pytest.raises(ValueError, match="Line 2"):
        keys(path)
    path.write_text("\n")
    with pytest.raises(ValueError, match="holds no secret"):
        keys(path)
