"""Every table either moves with its merchant or is known not to."""

from django.apps import apps

from zahlmeister.cells.fence import tables_of_merchants
from zahlmeister.cells.people import COMES_ALONG

#: What no merchant takes along, and why.
STAYS = {
    "merchants.Cell": "is a database",
    "merchants.Residence": "says who lives where",
    "merchants.AskedKey": "is looked into before it is known whose it is",
    "merchants.WriteProbe": "is written to see whether the database takes anything",
    "sessions.Session": "whoever has moved signs in anew",
    "usersessions.UserSession": "likewise",
    "account.EmailConfirmation": "is over in minutes",
    "axes.AccessAttempt": "counts guesses at the door",
    "axes.AccessAttemptExpiration": "likewise",
    "axes.AccessFailureLog": "likewise",
    "axes.AccessLog": "likewise",
    "auth.Permission": "is made by migrations",
    "auth.Group": "is used by nobody",
    "auth.Group_permissions": "likewise",
    "contenttypes.ContentType": "is made by migrations",
}


def test_every_table_moves_or_is_known_to_stay() -> None:
    every = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    moving = {model._meta.label for model, _column in tables_of_merchants()}
    people = {model._meta.label for model in COMES_ALONG}

    assert not moving & STAYS.keys()
    assert every == moving | people | STAYS.keys()
