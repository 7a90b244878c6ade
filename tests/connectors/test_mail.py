import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.connectors.mail_server import PASSWORD, USER, Post, mail_server
from zahlmeister.connectors.mail.inbox import InboxFolder
from zahlmeister.connectors.mail.server import Folder, Rejected, Smtp, way
from zahlmeister.refusals import Refused, Unreachable


def message(to: str = "anna@post.example") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = "b@wolle.example", to, "Größe", "<1@x.example>"
    made.set_content("Grüße")
    return made


def send(server: Smtp, to: str = "anna@post.example") -> None:
    with server.open() as line:
        line.send(message(to), sender="b@wolle.example", reader=to)


def plain(post: Post, **more: str) -> Smtp:
    return Smtp("127.0.0.1", post.port, "none", **more)


def test_a_mail_arrives_as_it_was_written():
    with mail_server() as post:
        send(plain(post))

    [arrived] = post.mails
    assert (arrived["Subject"], arrived.get_content().strip()) == ("Größe", "Grüße")
    assert post.senders == ["b@wolle.example"]


def test_not_now_and_never_are_told_apart():
    with mail_server() as post:
        post.busy, post.unknown = {"busy@post.example"}, {"gone@post.example"}
        with pytest.raises(Rejected, match=r"451 4\.7\.1 greylisted") as now:
            send(plain(post), "busy@post.example")
        with pytest.raises(Rejected, match=r"550 5\.1\.1 no such mailbox") as ever:
            send(plain(post), "gone@post.example")

    assert (now.value.is_final, ever.value.is_final) == (False, True)
    assert post.mails == []


def test_after_one_that_is_refused_the_next_one_is_taken():
    with mail_server() as post:
        post.unknown = {"gone@post.example"}
        with plain(post).open() as line:
            with pytest.raises(Rejected):
                line.send(message("gone@post.example"), sender="b@wolle.example", reader="gone@post.example")
            line.send(message(), sender="b@wolle.example", reader="anna@post.example")

    assert post.readers == ["anna@post.example"]


def test_a_server_that_hangs_up_or_is_not_there_is_tried_again():
    with mail_server() as post:
        post.hangs_up = True
        with pytest.raises(Unreachable):
            send(plain(post))
    with pytest.raises(Unreachable, match="cannot be reached"):
        send(plain(post))


def test_a_server_is_signed_in_to_and_a_wrong_password_is_said():
    with mail_server(signs_in=True) as post:
        send(plain(post, user=USER, password=PASSWORD))
        with pytest.raises(Unreachable, match="does not take user name or password") as error:
            send(plain(post, user=USER, password="falsch"))

    assert error.value.permanent
    assert len(post.mails) == 1
    assert "falsch" not in repr(plain(post, password="falsch"))


def test_a_line_that_cannot_be_kept_private_is_not_used():
    with mail_server() as post, pytest.raises(Unreachable, match="STARTTLS"):
        send(Smtp("127.0.0.1", post.port, "starttls"))
    with pytest.raises(Refused, match="unencrypted"):
        Smtp("mail.wolle.example", 25, "none")


def test_a_folder_takes_mails_that_any_mail_program_opens(tmp_path: Path):
    with Folder(str(tmp_path / "post")).open() as line:
        line.send(message(), sender="b@wolle.example", reader="anna@post.example")

    [kept] = mailbox.Maildir(str(tmp_path / "post"))
    assert kept["Message-ID"] == "<1@x.example>"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", None),
        ("maildir:/var/post", Folder("/var/post")),
        ("smtp://u%40x:p%3A1@mail.example", Smtp("mail.example", 587, "starttls", "u@x", "p:1", is_trusted=True)),
        ("smtps://mail.example:4650", Smtp("mail.example", 4650, "tls", is_trusted=True)),
        ("smtp+plain://localhost:2525", Smtp("localhost", 2525, "none", is_trusted=True)),
    ],
)
def test_the_way_out_is_one_address(address: str, expected: object):
    assert way(address) == expected


@pytest.mark.parametrize("address", ["mail.example", "http://mail.example", "maildir:", "smtp://"])
def test_an_address_that_is_no_way_out_is_refused(address: str):
    with pytest.raises(Refused, match=r"smtp://user:password@host:port"):
        way(address)


def test_two_who_read_the_same_folder_do_not_stumble_over_each_other(tmp_path):
    for name in ("one", "two"):
        (tmp_path / "new").mkdir(exist_ok=True)
        (tmp_path / "new" / name).write_bytes(name.encode())
    mine, theirs = InboxFolder(str(tmp_path)), InboxFolder(str(tmp_path))

    seen = mine.unread()
    assert next(seen) == ("one", b"one")
    for name, _ in theirs.unread():
        theirs.read(name)
    mine.read("one")

    assert list(seen) == []
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["one:2,S", "two:2,S"]
