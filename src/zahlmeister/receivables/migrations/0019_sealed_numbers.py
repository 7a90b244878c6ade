from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing
from zahlmeister.merchants.sealed_number import SealedNumber


class Migration(migrations.Migration):

    dependencies = [('receivables', '0018_shop_knows')]

    operations = [
        *sealing('receivables', 'payeraccount', 'number', SealedNumber(blank=True, max_length=64, purpose='payer')),
        *sealing('receivables', 'ignoredpayer', 'number', SealedNumber(blank=True, max_length=64, purpose='ignored-payer')),
    ]
