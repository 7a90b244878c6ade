from django.contrib.auth.hashers import make_password
from django.db import migrations


def hash_codes(apps, schema_editor):
    """Codes that somebody has on paper stay good; nobody can make them of the database and the secret any more."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    del schema_editor
    for row in apps.get_model('mfa', 'Authenticator').objects.filter(type='recovery_codes'):
        if 'hashes' not in row.data:
            codes = RecoveryCodes(row).get_unused_codes()
            row.data = {'hashes': {f'old {n}': make_password(code) for n, code in enumerate(codes)}, 'migrated_codes': []}
            row.save(update_fields=['data'])


class Migration(migrations.Migration):

    dependencies = [('merchants', '0019_lost_factors'), ('mfa', '0003_authenticator_type_uniq')]

    operations = [migrations.RunPython(hash_codes)]
