"""A worker dies before and after every single commit of a case; another one goes on: nothing is lost or said twice."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.dying import Killed, dying
from tests.flows.test_collection import Collecting, collected_by
from tests.stage import Paid, Stage

from zahlmeister.collection.models import CaseEvent
from zahlmeister.merchants.models import Merchant


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_died_at_any_commit_the_agency_hears_and_pays_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
):
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    deaths = 0
    while True:
        merchant = Merchant.objects.create(name="Wollstube", slug=f"{moment}-{deaths}")
        stage = Stage(merchant, tmp_path, datetime(2026, 11, 20, 8, tzinfo=UTC))
        with collected_by(stage) as collecting:
            scene(collecting)
            with dying(monkeypatch, at=deaths + 1, moment=moment) as fate:
                try:
                    collecting.work()
                except Killed:
                    fate.append("died")
            for _ in range(4):  # the leases of the dead end
                collecting.later(hours=1)
            check(collecting, f"died {moment} commit {deaths}")
        if "died" not in fate:
            break
        deaths += 1
    assert deaths >= 6


def scene(collecting: Collecting) -> None:
    """The agency has collected a part and paid it out, and the debtor has paid another part directly."""
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.desk.collect(case.reference, 4000)
    number, total = collecting.desk.pay_out()
    day = collecting.stage.now.date()
    collecting.stage.pays(Paid(1000, "100012345", "Eva Ehrlich", on=day))
    collecting.stage.pays(Paid(total, f"Auszahlung {number}", "Paywise GmbH", on=day))
    collecting.stage.later(hours=1)


def check(collecting: Collecting, when: str) -> None:
    [case] = collecting.desk.cases.values()
    assert [one["kind"] for one in case.told] == ["direct_payment"], when
    assert collecting.case().collected_minor == 4000, when
    assert collecting.owed_by_agency() == 0, when
    assert collecting.stage.item("100012345").open_minor == 3990, when
    events = CaseEvent.objects.filter(merchant=collecting.merchant, is_ours=False).values_list("kind", flat=True)
    assert sorted(events) == ["accepted", "collected", "paid_out"], when
