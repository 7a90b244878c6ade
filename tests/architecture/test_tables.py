from django.apps import apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation
from tests.architecture.house import layers

HOUSE = "zahlmeister."
#: Tables that belong to no merchant, and why.
NOBODYS = {
    "merchants.Merchant": "is the merchant",
    "merchants.Person": "may work for several merchants",
    "merchants.AskedKey": "is looked into before it is known whose it is",
    "merchants.WriteProbe": "is written to see whether the database takes anything",
    "merchants.Cell": "is a database, in which many merchants live",
    "merchants.Residence": "says in which database a merchant is, and outlives his rows here",
}


def tables() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_config.name.startswith(HOUSE)]


def package(model: type[models.Model]) -> str:
    return model._meta.app_config.name.removeprefix(HOUSE)


def references() -> list[models.ForeignKey]:
    return [
        field
        for model in tables()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.model is model
    ]


def test_there_are_tables_to_look_at():
    assert len(tables()) > 5


def test_every_foreign_key_protects_what_it_points_to():
    loose = [str(field) for field in references() if field.remote_field.on_delete is not models.PROTECT]

    assert not loose, f"{loose} would delete or forget with the other row. Use on_delete=models.PROTECT."


def test_foreign_keys_point_downward():
    depth = layers()
    upward = [
        f"{field} → {field.related_model._meta.label}"
        for field in references()
        if field.related_model._meta.app_config.name.startswith(HOUSE)
        and package(field.model) != package(field.related_model)
        and depth[package(field.model)] >= depth[package(field.related_model)]
    ]

    assert not upward, f"{upward} point upward or sideways. Keep the reference in the upper noun's table."


def test_no_column_keeps_fractions():
    fractions = {"FloatField", "DecimalField"}
    found = [
        str(field) for model in tables() for field in model._meta.local_fields if field.get_internal_type() in fractions
    ]

    assert not found, f"{found}: keep whole minor units in a BigIntegerField named *_minor."


def test_every_row_belongs_to_a_merchant_directly_or_through_one_other():
    owner = apps.get_model("merchants", "Merchant")
    points_to = {model: {field.related_model for field in references() if field.model is model} for model in tables()}
    owned = {model for model, targets in points_to.items() if owner in targets}
    stray = [
        model._meta.label
        for model, targets in points_to.items()
        if model not in owned and not targets & owned and model._meta.label not in NOBODYS
    ]

    assert not stray, f"{stray} belong to nobody. Derive from Owned, or point to a table that does."


def test_no_migration_is_missing():
    loader = MigrationLoader(None)
    with translation.override(None):  # as makemigrations does: names of columns are compared untranslated
        wanted = ProjectState.from_apps(apps)
        changes = MigrationAutodetector(loader.project_state(), wanted).changes(loader.graph)
    missing = {label: [migration.name for migration in found] for label, found in changes.items()}

    assert not missing, f"The models have changed: run makemigrations for {sorted(missing)}."
