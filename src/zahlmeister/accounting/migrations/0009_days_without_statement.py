"""A day is not proven while a statement of it is missing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0008_sealed_steps"),
    ]

    operations = [
        migrations.AddField(
            model_name="reconciliation",
            name="missing",
            field=models.JSONField(default=list),
        ),
    ]
