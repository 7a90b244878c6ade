from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing
from zahlmeister.merchants.sealed_number import SealedNumber


class Migration(migrations.Migration):

    dependencies = [('refunds', '0008_recalled_before')]

    operations = [
        *sealing('refunds', 'refund', 'iban', SealedNumber(blank=True, max_length=34, purpose='refund', verbose_name='IBAN')),
    ]
