"""Account numbers are sealed in the database, found whole, and sealed anew when the secret changes."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import F
from tests.dying import Killed, dying
from tests.stage import Stage

from zahlmeister.banking.debit_models import Mandate
from zahlmeister.flows import rotate_key as flow
from zahlmeister.flows.rotate_numbers import sealed_columns
from zahlmeister.merchants import sealed_columns as columns
from zahlmeister.merchants.insert import insert
from zahlmeister.merchants.key_file import keys, made_keys
from zahlmeister.merchants.seal import Unopened
from zahlmeister.merchants.sealed_columns import column_of, sealing
from zahlmeister.merchants.sealed_number import SealedNumber, opened_number, sealed_number
from zahlmeister.refusals import Refused

ANNA, BERND = "DE89370400440532013000", "AT611904300234573201"
FIELD: Any = Mandate._meta.get_field("debtor_number")
COLUMN = column_of(Mandate, FIELD)


@pytest.fixture(autouse=True)
def file(settings: Any, tmp_path: Path) -> Path:
    """A secret of this test alone."""
    settings.HOME = tmp_path  # with its lock: tests beside this one finish, too
    settings.SECRET_FILE = tmp_path / "secret.key"
    made_keys(settings.SECRET_FILE)
    return settings.SECRET_FILE


def mandate(stage: Stage, number: str, reference: str = "M-1") -> Mandate:
    made = Mandate(
        merchant=stage.merchant, creditor_id="DE98ZZZ09999999999", reference=reference, signed_on=stage.now.date(),
        debtor_name="Anna", debtor_number=number, created_by="brigitte", created_at=stage.now,
    )  # fmt: skip
    insert([made])
    return made


def kept(column: Any = COLUMN) -> list[str]:
    """What stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column.name} FROM {column.table} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def write_as_it_is(row: Mandate, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {COLUMN.table} SET {COLUMN.name} = %s WHERE id = %s", [text, row.pk])


def finish(file: Path) -> None:
    then = datetime.now(UTC).timestamp() - 3600
    os.utime(file, (then, then))
    flow.finish(file, at=datetime.now(UTC))


def test_the_database_holds_no_number_and_whoever_asks_gets_it(stage: Stage) -> None:
    row = mandate(stage, ANNA)
    again = Mandate.objects.create(
        merchant=stage.merchant, creditor_id="X", reference="M-2", signed_on=stage.now.date(), debtor_name="Anna",
        debtor_number=ANNA, created_by="brigitte", created_at=stage.now,
    )  # fmt: skip
    Mandate.objects.filter(pk=again.pk).update(debtor_number=ANNA)
    first, second = kept()
    assert first == second  # so that equal ones are found
    assert re.fullmatch(r"~[0-9a-f]{8}\.[\w+/=]{40,}", first)
    assert ANNA[-10:] not in first
    row.refresh_from_db()
    assert row.debtor_number == ANNA
    assert Mandate.objects.values_list("debtor_number", flat=True).distinct().get() == ANNA


def test_a_whole_number_is_found_and_a_part_of_one_is_no_question(stage: Stage) -> None:
    row = mandate(stage, ANNA)
    rows = Mandate.objects
    assert rows.get(debtor_number=ANNA) == rows.get(debtor_number__in=[BERND, ANNA]) == row
    assert not rows.filter(debtor_number=BERND).exists()
    assert not rows.filter(debtor_number__in=[]).exists()
    assert not rows.exclude(debtor_number=ANNA).exists()
    assert not rows.filter(debtor_number="").exists()
    for lookup in ("startswith", "contains", "icontains", "iexact", "gt", "regex"):
        with pytest.raises(FieldError):
            rows.filter(**{f"debtor_number__{lookup}": ANNA[:8]})


def test_columns_are_not_compared_with_each_other(stage: Stage) -> None:
    mandate(stage, ANNA)
    for wrong in ({"debtor_number": F("debtor_bic")}, {"debtor_number__in": Mandate.objects.values("debtor_number")}):
        with pytest.raises(FieldError, match="compared with a number"):
            Mandate.objects.filter(**wrong).exists()


def test_an_empty_number_stays_empty(stage: Stage) -> None:
    mandate(stage, "")
    assert kept() == [""]
    assert Mandate.objects.get(debtor_number="").debtor_number == ""


def test_a_number_of_another_column_of_another_secret_or_of_nobody_does_not_open(stage: Stage, file: Path) -> None:
    row = mandate(stage, ANNA)
    right = kept()[0]
    for wrong in (sealed_number(ANNA, "refund"), ANNA, right[:-3] + "abc", "~00000000.", "~", f"{right}="):
        write_as_it_is(row, wrong)
        with pytest.raises(Unopened, match="An account number was sealed"):
            Mandate.objects.get(pk=row.pk)
    write_as_it_is(row, right)
    assert Mandate.objects.get(pk=row.pk).debtor_number == ANNA
    file.unlink()
    made_keys(file)
    with pytest.raises(Unopened):
        Mandate.objects.get(pk=row.pk)


def test_both_spellings_are_found_while_the_secret_changes(stage: Stage, file: Path) -> None:
    old = mandate(stage, ANNA)
    flow.prepare(file)
    assert Mandate.objects.get(debtor_number=ANNA) == old  # what a host with the next secret may already write
    flow.begin(file)
    new = mandate(stage, ANNA, "M-2")
    assert len(set(kept())) == 2
    assert set(Mandate.objects.filter(debtor_number=ANNA)) == {old, new}
    assert set(Mandate.objects.filter(debtor_number__in=[ANNA, BERND])) == {old, new}
    assert not Mandate.objects.exclude(debtor_number=ANNA).exists()
    assert not Mandate.objects.filter(debtor_number=BERND).exists()

    told: dict[str, int] = {}
    flow.seal_anew(lambda name, found: told.update({name: found.older}))
    assert told["Mandate.debtor_number"] == 1
    assert len(set(kept())) == 1
    finish(file)
    assert len(keys(file).secrets) == 1
    assert {row.debtor_number for row in Mandate.objects.all()} == {ANNA}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_who_dies_while_numbers_are_sealed_anew_goes_on(
    transactional_db: None, stage: Stage, file: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(columns, "BATCH", 1)
    rows = [mandate(stage, number, f"M-{number}") for number in (ANNA, BERND)]
    flow.begin(file)
    with dying(monkeypatch, at=1, moment=moment), pytest.raises(Killed):
        flow.seal_anew()
    assert [Mandate.objects.get(debtor_number=row.debtor_number) for row in rows] == rows
    with pytest.raises(Refused, match="still sealed with an older secret"):
        finish(file)
    flow.seal_anew()
    finish(file)
    assert [Mandate.objects.get(pk=row.pk).debtor_number for row in rows] == [ANNA, BERND]


def test_a_number_that_somebody_changes_meanwhile_is_not_written_over(stage: Stage, file: Path) -> None:
    row = mandate(stage, ANNA)
    flow.begin(file)
    (found,) = next(COLUMN.rows("~new"))
    Mandate.objects.filter(pk=row.pk).update(debtor_number=BERND)
    COLUMN.write([(sealed_number(ANNA, "mandate"), *found)])
    assert Mandate.objects.get(pk=row.pk).debtor_number == BERND


def test_a_number_that_no_secret_opens_is_counted_and_left(stage: Stage, file: Path) -> None:
    row = mandate(stage, ANNA)
    write_as_it_is(row, "~00000000.abc")
    flow.begin(file)
    assert flow.seal_anew().lost == 1
    assert kept() == ["~00000000.abc"]


def test_a_migration_seals_what_was_open_once_and_goes_on_where_it_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "BATCH", 2)
    rows = [mandate(stage, ANNA, f"M-{n}") for n in range(5)]
    for row in rows[:3]:
        write_as_it_is(row, BERND)
    write_as_it_is(rows[4], "")
    run = sealing("banking", "mandate", "debtor_number", FIELD)[0]
    for _ in range(2):
        connection.check_constraints()  # PostgreSQL changes no table while it waits to check rows
        with connection.cursor() as cursor:
            run.code(None, SimpleNamespace(connection=connection, execute=cursor.execute))
        assert [opened_number(text, "mandate") for text in kept()] == [BERND] * 3 + [ANNA, ""]


def test_every_sealed_column_is_found_and_each_has_a_purpose_of_its_own() -> None:
    found = dict(sealed_columns())
    assert {"Mandate.debtor_number", "PaymentOrder.creditor_number", "PayoutAccount.number", "Refund.iban"} <= set(
        found
    )
    assert len({column.purpose for column in found.values()}) == len(found)


def test_a_migration_writes_the_purpose_down() -> None:
    _name, path, _told, others = FIELD.deconstruct()
    assert path == f"{SealedNumber.__module__}.SealedNumber"
    assert others["purpose"] == "mandate"
