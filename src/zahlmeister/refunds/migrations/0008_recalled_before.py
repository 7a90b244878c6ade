from django.db import migrations


def look_again(apps, schema_editor):
    """What a bank took off a pooled account again was booked by nobody before: each such covering is looked at once."""
    recalled = {"arrived__isnull": False, "transfer__returned_by__isnull": False}
    apps.get_model("refunds", "RefundCollection").objects.filter(**recalled).update(has_news=True)


class Migration(migrations.Migration):

    dependencies = [
        ('refunds', '0007_collected_in_a_rhythm'),
    ]

    operations = [
        migrations.RunPython(look_again, migrations.RunPython.noop),
    ]
