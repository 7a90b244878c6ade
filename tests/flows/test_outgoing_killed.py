"""Whoever hands transfers to the bank dies before and after every single commit, and everything is done again."""

from pathlib import Path

import pytest
from tests.dying import Killed, dying
from tests.flows.test_outgoing import WEDNESDAY, Desk
from tests.stage import BERND, CORA

from zahlmeister.banking.claim import claim
from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_queries import ready_orders
from zahlmeister.banking.outgoing_states import FileState, OrderState
from zahlmeister.flows import receive_statement as flow
from zahlmeister.merchants.models import Merchant
from zahlmeister.sandbox.bank_books import Fate


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_died_at_any_commit_each_transfer_is_paid_exactly_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(flow, "release", lambda *_: None)  # the dead release nothing
    deaths = 0
    while True:
        folder = tmp_path / f"{moment}-{deaths}"
        folder.mkdir()
        desk = Desk(Merchant.objects.create(name="W", slug=f"{moment}-{deaths}"), folder)
        desk.bank.expect(BERND, Fate(rejects="AC01"))
        desk.bank.expect(CORA, Fate(returns="AC04", after_days=0))
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                work(desk)
            except Killed:
                fate.append("died")
        if not fate:
            break
        deaths += 1
        desk.stage.later(seconds=61)  # the lease of the dead ends
        while (left := claim(desk.stage.now)) is not None:
            flow.receive_statement(left, clock=desk.stage.clock)
        work(desk)
        check(desk, f"died {moment} commit {deaths}")
    assert deaths > 15
    check(desk, "undisturbed")


def work(desk: Desk) -> None:
    """What people and workers do, and do again from the beginning when they do not know how far they came."""
    for source, other in (("1", {}), ("2", {"iban": BERND}), ("3", {"iban": CORA})):
        desk.approved(source, **other)
    if ready_orders(desk.account, WEDNESDAY):
        desk.file()
    for file in PaymentFile.objects.filter(merchant=desk.merchant).exclude(state=FileState.WITHDRAWN):
        desk.handed_in(file)  # again when it was before: the bank takes a file once
        assert desk.hears(desk.bank.report(file.message_id)) == ""
    desk.bank.move_to(WEDNESDAY)
    desk.reads_statements()


def check(desk: Desk, when: str) -> None:
    orders = list(PaymentOrder.objects.filter(merchant=desk.merchant).order_by("source"))
    assert [order.state for order in orders] == [OrderState.EXECUTED, OrderState.REJECTED, OrderState.RETURNED], when
    assert [desk.bank.times_paid(order.end_to_end_id) for order in orders] == [1, 0, 1], when
    assert [order.doubt for order in orders] == ["", "", ""], when
    assert (desk.on_its_way(), desk.stage.books()) == (0, []), when
