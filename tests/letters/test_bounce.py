import pytest
from tests.letters.bounces import report

from zahlmeister.letters.bounce import Bounce, read_bounce


@pytest.mark.parametrize("whole", [True, False])
def test_a_report_names_the_mail_its_reader_and_why(whole: bool):
    said = read_bounce(report("m1@wolle.example", whole=whole))

    assert said == Bounce("m1@wolle.example", "anna@post.example", True, "550 5.1.1 no such mailbox")


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("failed", "4.2.2"), ("relayed", "2.0.0")])
def test_what_may_still_arrive_has_not_come_back_for_good(action: str, status: str):
    said = read_bounce(report("m1@wolle.example", action=action, status=status))

    assert said is not None
    assert not said.is_final


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\xff\x00\xfe",
        b"Subject: Urlaub\r\n\r\nIch bin nicht da.",
        b'Content-Type: multipart/report; boundary="b"\r\n\r\n--b\r\n\r\nkaputt',
        report("", whole=False),
        report("x").replace(b"Final-Recipient", b"X-Nobody"),
        report("x")[:400],
    ],
)
def test_any_other_mail_says_nothing(mail: bytes):
    assert read_bounce(mail) is None
