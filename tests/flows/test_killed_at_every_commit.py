"""A worker dies before and after every single commit of two overlapping files: the result is always the same."""

from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from tests.dying import Killed, dying
from tests.flows.planned import planned_ahead
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.banking import batches
from zahlmeister.banking.claim import claim
from zahlmeister.banking.models import BankTransaction, Sighting, StatementImport
from zahlmeister.flows import receive_statement as flow
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.ledger.queries import balances
from zahlmeister.merchants.models import Merchant
from zahlmeister.receivables.models import Allocation, OpenItem, Payment


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "ahead"), [("before", False), ("after", False), ("before", True), ("after", True)])
def test_died_at_any_commit_the_result_is_the_same(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, ahead: bool
) -> None:
    if ahead:  # what is written was thought out by another process
        monkeypatch.setattr(flow, "batches", planned_ahead)
    monkeypatch.setattr(batches, "BATCH", 3)
    monkeypatch.setattr(flow, "BATCH", 3)
    monkeypatch.setattr(flow, "release", lambda *_: None)  # the dead release nothing
    undisturbed = _scene(tmp_path, "undisturbed")
    _work(undisturbed)
    expected = _result(undisturbed)

    deaths = 0
    while True:
        stage = _scene(tmp_path, f"{moment}-{deaths}")
        with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
            try:
                _work(stage)
            except Killed:
                fate.append("died")
        if not fate:
            break
        deaths += 1
        stage.later(seconds=61)  # the lease of the dead ends
        _work(stage)
        assert _result(stage) == expected, f"died {moment} commit {deaths}"
    assert deaths >= 10


def _scene(folder: Path, slug: str) -> Stage:
    """Eight orders; two files that overlap, with seven payments for orders, one for none and one going out."""
    stage = Stage(Merchant.objects.create(name=slug, slug=slug), folder, datetime(2026, 11, 20, 8, tzinfo=UTC))
    stage.orders(*(order(f"1000123{n:02d}", "24.98", f"Name{n} Weber") for n in range(8)))
    lines = [Paid(2498, f"Bestellung 1000123{n:02d}", f"Name{n} Weber") for n in range(8)]
    lines += [Paid(-100, "Gebühr"), Paid(777, "danke", "Xaver Unbekannt", BERND)]
    for part in (lines[:6], lines[3:]):
        content = BytesIO(stage.statement(*part))
        hand_in_statement(stage.merchant, content, "day.xml", by="brigitte", at=stage.now)
    return stage


def _work(stage: Stage) -> None:
    while (work := claim(stage.now)) is not None:
        flow.receive_statement(work, clock=stage.clock)


def _result(stage: Stage) -> tuple[object, ...]:
    """Everything that must be the same, told without row numbers."""
    mine = {"merchant": stage.merchant}
    imports = StatementImport.objects.filter(**mine).order_by("id")
    return (
        BankTransaction.objects.filter(**mine).count(),
        Sighting.objects.filter(**mine).count(),
        Allocation.objects.filter(**mine).count(),
        sorted(Counter(Payment.objects.filter(**mine).values_list("state", flat=True)).items()),
        sorted(Counter(OpenItem.objects.filter(**mine).values_list("state", flat=True)).items()),
        [(str(book), amount.minor) for book, _, amount in balances(stage.merchant.pk)],
        check_books(stage.merchant),
        [(one.state, one.recorded, one.known, one.settled, one.suggested, one.unclear) for one in imports],
    )
