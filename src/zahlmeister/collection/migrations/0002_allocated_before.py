"""Which allocations a hand-over found: what was paid earlier on the same day is no direct payment."""

from datetime import datetime, time

from django.db import migrations, models
from django.utils.timezone import make_aware


def from_the_day(apps, schema_editor):
    """Of the hand-overs so far only the day is known: its beginning, as they were followed so far."""
    case = apps.get_model("collection", "Case")
    allocation = apps.get_model("receivables", "Allocation")
    for row in case.objects.all().iterator():
        begin = make_aware(datetime.combine(row.handed_over_on, time.min))
        known = allocation.objects.filter(merchant_id=row.merchant_id, item_id=row.item_id, at__lt=begin)
        row.allocated_before = list(known.order_by("pk").values_list("pk", flat=True))
        row.save(update_fields=["allocated_before"])


class Migration(migrations.Migration):
    dependencies = [("collection", "0001_initial"), ("receivables", "0012_collection")]

    operations = [
        migrations.AddField("case", "allocated_before", models.JSONField(default=list)),
        migrations.RunPython(from_the_day, migrations.RunPython.noop),
    ]
