"""Postings are found by their day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0011_closed_months"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(fields=["merchant", "booked_on"], name="posting_by_day"),
        ),
    ]
