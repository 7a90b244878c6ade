from django.db import migrations

from zahlmeister.merchants.sealed_columns import sealing_facts
from zahlmeister.merchants.sealed_facts import SealedFacts


class Migration(migrations.Migration):

    dependencies = [('banking', '0024_days_of_a_file')]

    operations = [
        *sealing_facts('banking', 'tablemapping', {'said': SealedFacts(default=dict, purpose='table')}),
        *sealing_facts('banking', 'connection', {'settings': SealedFacts(default=dict, purpose='bank')}),
    ]
