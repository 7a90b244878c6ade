from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing_facts
from zahlmeister.merchants.sealed_facts import SealedFacts


class Migration(migrations.Migration):

    dependencies = [('refunds', '0009_sealed_numbers')]

    operations = [
        *sealing_facts('refunds', 'refund', {'failed': SealedFacts(default=list, purpose='refund-failed')}),
    ]
