from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing
from zahlmeister.merchants.sealed_number import SealedNumber


class Migration(migrations.Migration):

    dependencies = [('banking', '0021_texts')]

    operations = [
        *sealing('banking', 'paymentorder', 'creditor_number', SealedNumber(max_length=34, purpose='transfer', verbose_name='IBAN')),
        *sealing('banking', 'mandate', 'debtor_number', SealedNumber(max_length=34, purpose='mandate', verbose_name='IBAN')),
    ]
