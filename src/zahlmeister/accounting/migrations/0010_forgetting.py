"""Names are forgotten by themselves."""

import django.db.models.deletion
from django.db import migrations, models

import zahlmeister.merchants.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0009_days_without_statement"),
        ("merchants", "0010_closed_months"),
    ]

    operations = [
        migrations.CreateModel(
            name="Forgetting",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=zahlmeister.merchants.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("look_at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("merchant",), name="forgetting_once")],
            },
        ),
    ]
