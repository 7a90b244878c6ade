from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing
from zahlmeister.merchants.sealed_number import SealedNumber


class Migration(migrations.Migration):

    dependencies = [('payouts', '0002_balance_seen')]

    operations = [
        *sealing('payouts', 'payoutaccount', 'number', SealedNumber(max_length=34, purpose='payout-account', verbose_name='IBAN')),
    ]
