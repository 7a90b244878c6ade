from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing
from zahlmeister.merchants.sealed_number import SealedNumber


class Migration(migrations.Migration):

    dependencies = [('learning', '0002_ignore_rules')]

    operations = [
        *sealing('learning', 'ignoreproposal', 'value', SealedNumber(max_length=140, purpose='ignore-proposal')),
    ]
