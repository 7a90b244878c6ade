from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing
from zahlmeister.merchants.sealed_number import SealedNumber


class Migration(migrations.Migration):

    dependencies = [('orders', '0006_texts')]

    operations = [
        *sealing('orders', 'order', 'iban', SealedNumber(blank=True, max_length=40, purpose='order', verbose_name='account')),
    ]
