from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing_facts
from zahlmeister.merchants.sealed_facts import SealedFacts


class Migration(migrations.Migration):

    dependencies = [('purchase', '0003_offers')]

    operations = [
        *sealing_facts('purchase', 'document', {'content': SealedFacts(default=dict, purpose='document')}),
    ]
