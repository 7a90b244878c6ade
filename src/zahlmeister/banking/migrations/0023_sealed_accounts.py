from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing
from zahlmeister.merchants.sealed_number import SealedNumber


class Migration(migrations.Migration):

    dependencies = [('banking', '0022_sealed_numbers')]

    operations = [
        *sealing('banking', 'bankaccount', 'number', SealedNumber(max_length=40, purpose='bank-account', verbose_name='IBAN')),
        *sealing('banking', 'banktransaction', 'counterparty_number', SealedNumber(blank=True, max_length=64, purpose='counterparty', verbose_name='account')),
    ]
