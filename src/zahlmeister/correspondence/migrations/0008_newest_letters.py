from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('correspondence', '0007_letters_counted'),
        ('merchants', '0019_lost_factors'),
        ('orders', '0006_texts'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='sentletter',
            name='letter_by_date',
        ),
        migrations.AddIndex(
            model_name='sentletter',
            index=models.Index(fields=['merchant', '-id', 'kind'], name='letter_newest'),
        ),
    ]
