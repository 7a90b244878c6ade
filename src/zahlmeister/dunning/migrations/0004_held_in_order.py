
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dunning', '0003_costs_of_delay'),
        ('merchants', '0019_lost_factors'),
        ('receivables', '0018_shop_knows'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='dunningcase',
            index=models.Index(condition=models.Q(('held_on__isnull', False)), fields=['merchant', '-held_on', '-id'], name='case_held'),
        ),
    ]
