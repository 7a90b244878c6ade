"""Closings that there are seal the steps they were computed from, and keep the form in which they were computed."""

from typing import Any

from django.db import migrations, models


def seal(apps: Any, schema_editor: Any) -> None:
    """Give each step to the first closing that was made after it."""
    del schema_editor
    steps = apps.get_model("history", "Step").objects
    for closing in apps.get_model("accounting", "Closing").objects.order_by("merchant", "month"):
        mine = steps.filter(merchant_id=closing.merchant_id, closing=None, at__lt=closing.steps_until)
        mine.update(closing=closing.pk)


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0007_book_delivery"),
        ("history", "0002_sealed_steps"),
    ]

    operations = [
        migrations.AddField(
            model_name="closing",
            name="form",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="closing",
            name="form",
            field=models.PositiveSmallIntegerField(default=2),
        ),
        migrations.RemoveField(model_name="closing", name="steps_until"),
        migrations.AlterField(model_name="batch", name="name", field=models.CharField(max_length=120)),
    ]
