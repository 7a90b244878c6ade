"""A step names the closing that sealed it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0001_initial"),
        ("merchants", "0010_closed_months"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="closing",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("closing__isnull", False)), fields=["merchant", "closing"], name="step_by_closing"
            ),
        ),
    ]
