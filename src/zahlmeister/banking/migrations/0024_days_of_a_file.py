
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('banking', '0023_sealed_accounts'),
        ('merchants', '0019_lost_factors'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='banktransaction',
            name='transaction_by_import',
        ),
        migrations.AddIndex(
            model_name='banktransaction',
            index=models.Index(fields=['first_import', 'account', 'booked_on'], name='transaction_by_import'),
        ),
    ]
