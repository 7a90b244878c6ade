
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('merchants', '0019_lost_factors'),
        ('orders', '0006_texts'),
        ('receivables', '0019_sealed_numbers'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='openitem',
            index=models.Index(condition=models.Q(('settled_on__isnull', False)), fields=['merchant', 'settled_on', 'opened_on', 'state'], name='item_settled'),
        ),
    ]
