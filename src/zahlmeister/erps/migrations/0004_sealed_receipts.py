from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing_facts
from zahlmeister.merchants.sealed_facts import SealedFacts


class Migration(migrations.Migration):

    dependencies = [('erps', '0003_imports')]

    operations = [
        *sealing_facts('erps', 'receipt', {'content': SealedFacts(default=dict, purpose='receipt')}),
    ]
