"""Taxed prepayments have an account of their own."""

import django.db.models.deletion
from django.db import migrations, models

import zahlmeister.merchants.ids


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0010_forgetting"),
        ("merchants", "0010_closed_months"),
    ]

    operations = [
        migrations.AddField(
            model_name="bookkeepersettings",
            name="prepayments",
            field=models.CharField(
                blank=True, default="", max_length=9, verbose_name="account of taxed prepayments"
            ),
        ),
        migrations.CreateModel(
            name="TaxedPrepayment",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=zahlmeister.merchants.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("item", models.BigIntegerField()),
                ("month", models.DateField()),
                ("minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prepayments",
                        to="accounting.batch",
                    ),
                ),
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
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "item", "month"), name="prepayment_told_once")
                ],
            },
        ),
    ]
