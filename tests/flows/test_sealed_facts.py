"""What messages, connections and documents say is sealed whole, read as it was, and sealed anew with the secret."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.db.migrations.state import ModelState, ProjectState
from tests.flows.test_sealed_money import columns_with
from tests.stage import ANNA, BERND, Paid, Stage, order

from zahlmeister.banking.models import Connection, ConnectionKind, StatementImport, TableMapping
from zahlmeister.erps.models import Receipt
from zahlmeister.flows import rotate_key as flow
from zahlmeister.flows.ask_refund import Asked, ask_refund
from zahlmeister.flows.rotate_numbers import sealed_columns
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.learning.models import IgnoreProposal
from zahlmeister.learning.states import ProposalKind
from zahlmeister.merchants import sealed_columns as columns
from zahlmeister.merchants.insert import insert
from zahlmeister.merchants.key_file import keys, made_keys
from zahlmeister.merchants.seal import Unopened
from zahlmeister.merchants.sealed_columns import column_of, sealing_facts
from zahlmeister.merchants.sealed_facts import SealedFacts, opened_text, sealed_text
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.outbox.models import Message
from zahlmeister.refunds.models import Refund

FIELD: Any = Message._meta.get_field("payload")
COLUMN = column_of(Message, FIELD)
SAID = {"kind": "debit_announced", "values": {"account": ANNA, "amount": [1999, "EUR"]}, "page": ""}


@pytest.fixture(autouse=True)
def file(settings: Any, tmp_path: Path) -> Path:
    """A secret of this test alone."""
    settings.HOME = tmp_path
    settings.SECRET_FILE = tmp_path / "secret.key"
    made_keys(settings.SECRET_FILE)
    return settings.SECRET_FILE


def message(stage: Stage, key: str, payload: dict[str, Any]) -> Message:
    return Message(
        merchant=stage.merchant, channel="people", subject=key, key=key, payload=payload, due_at=stage.now,
        give_up_at=stage.now, created_at=stage.now,
    )  # fmt: skip


def kept() -> list[str]:
    """What stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMN.name} FROM {COLUMN.table} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def write_as_it_is(row: Message, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {COLUMN.table} SET {COLUMN.name} = %s WHERE id = %s", [text, row.pk])


def test_the_database_tells_nothing_and_whoever_asks_gets_it(stage: Stage) -> None:
    one, two = message(stage, "one", SAID), message(stage, "two", SAID)
    insert([one, two])
    message(stage, "three", {}).save()
    Message.objects.filter(key="three").update(payload=SAID)
    assert len(set(kept())) == 3  # nobody sees that they say the same
    assert not any("debit" in text or ANNA in text for text in kept())
    assert all(text.startswith("~") for text in kept())
    assert [row.payload for row in Message.objects.order_by("id")] == [SAID] * 3
    assert list(Message.objects.values_list("payload", flat=True)) == [SAID] * 3


def test_what_is_empty_is_found_and_anything_else_is_no_question(stage: Stage) -> None:
    insert([message(stage, "one", SAID), message(stage, "two", {})])
    assert kept().count("") == 1
    assert Message.objects.get(payload={}).key == "two"
    assert Message.objects.exclude(payload={}).get().key == "one"
    assert Message.objects.get(key="two").payload == {}
    for wrong in ({"payload": SAID}, {"payload__kind": "x"}, {"payload__contains": {}}, {"payload__in": [{}]}):
        with pytest.raises(FieldError):
            Message.objects.filter(**wrong).exists()


def test_a_row_that_is_not_there_says_nothing(stage: Stage) -> None:
    StatementImport.objects.create(
        merchant=stage.merchant, name="a", sha256="a", path="a", created_at=stage.now, created_by="brigitte"
    )
    assert StatementImport.objects.values_list("connection__settings", flat=True).get() is None


def test_facts_of_another_column_of_another_secret_or_of_nobody_do_not_open(stage: Stage, file: Path) -> None:
    row = message(stage, "one", SAID)
    insert([row])
    right = kept()[0]
    for wrong in (sealed_text("{}", "bank"), '{"kind": "x"}', right[:-3] + "abc", "~00000000.", "~", f"{right}="):
        write_as_it_is(row, wrong)
        with pytest.raises(Unopened, match="What stands in the database was sealed"):
            Message.objects.get(pk=row.pk)
    write_as_it_is(row, right)
    assert Message.objects.get(pk=row.pk).payload == SAID
    file.unlink()
    made_keys(file)
    with pytest.raises(Unopened):
        Message.objects.get(pk=row.pk)


def test_facts_are_sealed_anew_when_the_secret_changes(stage: Stage, file: Path) -> None:
    insert([message(stage, "one", SAID), message(stage, "two", {})])
    flow.begin(file)
    insert([message(stage, "three", {"page": "new"})])
    lost = message(stage, "four", SAID)
    insert([lost])
    write_as_it_is(lost, "~00000000.abc")
    assert Message.objects.get(key="one").payload == SAID
    told: dict[str, flow.Tally] = {}
    flow.seal_anew(lambda name, found: told.update({name: found}))
    assert told["Message.payload"] == flow.Tally(older=1, lost=1)
    then = datetime.now(UTC).timestamp() - 3600
    os.utime(file, (then, then))
    flow.finish(file, at=datetime.now(UTC))
    assert len(keys(file).secrets) == 1
    said = {row.key: row.payload for row in Message.objects.exclude(key="four")}
    assert said == {"one": SAID, "two": {}, "three": {"page": "new"}}


def test_no_text_in_which_a_number_may_stand_tells_it(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "Bestellung 100012345", iban=""))
    merchant, at = stage.merchant, stage.now
    verify_merchant(merchant, Verification.VERIFIED, why="seen", by="operator", at=at)
    insert([message(stage, "one", SAID)])
    Connection.objects.create(
        merchant=merchant, kind=ConnectionKind.FINTS, name="bank", settings={"accounts": [{"iban": ANNA}]}, due_at=at,
        created_at=at,
    )  # fmt: skip
    TableMapping.objects.create(
        merchant=merchant, fingerprint="x", said={"account": BERND}, described_by="b", described_at=at
    )
    IgnoreProposal.objects.create(
        merchant=merchant, kind=ProposalKind.ACCOUNT, value=BERND, label="Bernd", payments=3, proposed_at=at
    )
    Receipt.objects.create(
        merchant=merchant, fingerprint="x", content={"account": ANNA}, origin="f", came_by="b", came_at=at
    )
    ask_refund(merchant, stage.item("100012345").pk, Asked("1", Amount(500, "EUR")), by="b", at=at)
    Refund.objects.update(failed=[ANNA, BERND])
    assert columns_with(ANNA, BERND) == set()
    assert Connection.objects.get().settings == {"accounts": [{"iban": ANNA}]}
    assert TableMapping.objects.get().said == {"account": BERND}
    assert IgnoreProposal.objects.get(value=BERND).label == "Bernd"
    assert Receipt.objects.get().content == {"account": ANNA}
    assert Refund.objects.get().failed == [ANNA, BERND]


def test_every_column_of_facts_is_found_and_can_be_told_from_one_of_numbers() -> None:
    found = {name for name, column in sealed_columns() if column.has_facts}
    assert found == {
        "Message.payload", "Connection.settings", "TableMapping.said", "Refund.failed", "Receipt.content",
        "Document.content",
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_migration_seals_what_was_open_once_and_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "BATCH", 20)
    before = [("id", models.BigAutoField(primary_key=True)), ("said", models.JSONField(default=list))]
    state = ProjectState()
    state.add_model(ModelState("outbox", "Slip", before))
    slips = state.apps.get_model("outbox", "Slip")
    facts = [[ANNA], [], [{"ä": None}], [BERND], [BERND]]
    with connection.schema_editor() as editor:
        editor.create_model(slips)
    try:
        slips.objects.bulk_create(slips(said=each) for each in facts)
        steps = sealing_facts("outbox", "slip", {"said": SealedFacts(default=list, purpose="slip")})
        with connection.schema_editor(atomic=True) as editor:
            for step in (*steps, steps[-1]):
                after = state.clone()
                step.state_forwards("outbox", after)
                step.database_forwards("outbox", editor, state, after)
                state = after
        with connection.cursor() as cursor:
            cursor.execute("SELECT said FROM outbox_slip ORDER BY id")
            texts = [text for (text,) in cursor.fetchall()]
        assert [text[:1] for text in texts] == ["~", "", "~", "~", "~"]
        assert ANNA in opened_text(texts[0], "slip")
        now = state.apps.get_model("outbox", "Slip").objects.order_by("id").values_list("said", flat=True)
        assert list(now) == facts
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(slips)


def test_a_migration_writes_the_purpose_down() -> None:
    _name, path, _told, others = FIELD.deconstruct()
    assert path == f"{SealedFacts.__module__}.SealedFacts"
    assert (others["purpose"], others["default"]) == ("message", dict)
