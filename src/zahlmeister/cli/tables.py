"""The tables of a new installation are made at once, in one transaction, instead of by every step since the first.

Going through a hundred steps takes half a minute of a slow machine, and there is nothing yet that could be kept. A test
compares both ways.
"""

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model


def make_tables() -> None:
    """Make every table of this version, if the database is empty; otherwise leave it to the steps."""
    if connection.introspection.table_names():
        return
    steps = MigrationLoader(connection).disk_migrations
    done = MigrationRecorder(connection).Migration
    models: list[type[Model]] = [done, *apps.get_models()]
    with connection.schema_editor() as editor:
        for model in models:
            if model._meta.managed:  # noqa: SLF001 - what a model says of its table is told by nothing else
                editor.create_model(model)
        done.objects.using(connection.alias).bulk_create(done(app=app, name=name) for app, name in sorted(steps))
