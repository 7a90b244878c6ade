from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing_facts
from zahlmeister.merchants.sealed_facts import SealedFacts


class Migration(migrations.Migration):

    dependencies = [('outbox', '0001_initial')]

    operations = [
        *sealing_facts('outbox', 'message', {'payload': SealedFacts(default=dict, purpose='message')}),
    ]
