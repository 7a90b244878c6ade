from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery


def repeat_what_was_told(apps, schema_editor):
    """What shops know by us stands beside the state of the money from now on."""
    told = apps.get_model('orders', 'Order').objects.filter(pk=OuterRef('order')).values('told')
    items = apps.get_model('receivables', 'OpenItem').objects.exclude(order__told='')
    items.update(shop_knows=Subquery(told))


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_texts'),
        ('receivables', '0017_interest'),
    ]

    operations = [
        migrations.AddField(
            model_name='openitem',
            name='shop_knows',
            field=models.CharField(blank=True, db_default='', default='', max_length=12),
        ),
        migrations.RunPython(repeat_what_was_told, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='openitem',
            index=models.Index(condition=~Q(shop_knows='') & ~Q(state='paid'), fields=['merchant', 'shop_knows', 'state'], name='item_untrue_in_shop'),
        ),
    ]
