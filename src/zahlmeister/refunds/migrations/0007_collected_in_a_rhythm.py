from django.db import migrations, models


def remember(apps, schema_editor):
    """The rhythm stands in the source of the debit; one that is not linked yet was drafted for its collection's number."""
    collections = apps.get_model("refunds", "RefundCollection").objects.filter(covers=None)
    debits = apps.get_model("banking", "Debit").objects
    settings = apps.get_model("refunds", "RefundSettings").objects
    for row in collections.select_related("debit").iterator():
        debit = row.debit or debits.filter(source__startswith="refunds:", source__endswith=f":{row.pk}").first()
        wanted = settings.filter(merchant=row.merchant_id).first()
        rhythm = wanted.rhythm if wanted else "weekly"
        if debit is not None:
            rhythm = debit.source.split(":")[1] if debit.source.startswith("refunds:") else ""
        elif not apps.get_model("refunds", "Refund").objects.filter(collection=row.pk).exists():
            rhythm = ""
        collections.filter(pk=row.pk).update(rhythm=rhythm)


class Migration(migrations.Migration):

    dependencies = [
        ('refunds', '0006_noted_by_shop'),
    ]

    operations = [
        migrations.AddField(
            model_name='refundcollection',
            name='rhythm',
            field=models.CharField(blank=True, db_default='', default='', max_length=8),
        ),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
