"""Whoever sends mails dies before and after every single commit, and another one goes on: each mail arrives once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.connectors.mail_server import Post, mail_server
from tests.dying import Killed, dying
from tests.flows.test_payment_information import deliver, set_up
from tests.stage import Stage, order

from zahlmeister.flows import deliver_mail
from zahlmeister.merchants.models import Merchant
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_died_at_any_commit_each_mail_arrives_exactly_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
):
    deaths = 0
    while True:
        with mail_server() as post:
            stage = scene(tmp_path / f"{moment}-{deaths}", post)
            with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
                try:
                    work(stage)
                except Killed:
                    fate.append("died")
            stage.later(minutes=11)  # the lease of the dead ends
            work(stage)
            check(stage, post, f"died {moment} commit {deaths}")
        if "died" not in fate:
            break
        deaths += 1
    assert deaths >= 7


def test_died_between_the_servers_answer_and_the_note_it_is_the_same_mail_that_comes_twice(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with mail_server() as post:
        stage = scene(tmp_path, post)
        with monkeypatch.context() as patch:
            patch.setattr(deliver_mail, "note_sent", die)
            with pytest.raises(Killed):
                work(stage)
        stage.later(minutes=11)
        work(stage)

    assert len(post.mails) == 4
    assert len(set(post.ids)) == 3
    first, again = (mail.as_bytes() for mail in post.mails if mail["Message-ID"] == post.ids[0])
    assert first == again


def scene(folder: Path, post: Post) -> Stage:
    slug = folder.name[-40:].strip("-").replace("_", "-")
    merchant = Merchant.objects.create(name="Wollstube", slug=slug)
    stage = Stage(merchant, folder, datetime(2026, 11, 20, 8, tzinfo=UTC))
    set_up(stage, post.port)
    return stage


def work(stage: Stage) -> None:
    """The shop reports three orders, as often as it likes, and a worker sends what is due."""
    stage.orders(order("1", "49.90"), order("2", "5.00", "Bernd Bauer"), order("3", "5.00", "Cora Cast"))
    deliver(stage)


def check(stage: Stage, post: Post, when: str) -> None:
    assert sorted(post.readers) == ["anna@post.example", "bernd@post.example", "cora@post.example"], when
    assert len(set(post.ids)) == 3, when
    states = Message.objects.filter(merchant=stage.merchant).values_list("state", flat=True)
    assert list(states) == [MessageState.DELIVERED] * 3, when


def die(*_args: object, **_more: object) -> None:
    raise Killed
