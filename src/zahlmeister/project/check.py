"""`zahlmeister check`: what is wrong with this installation, in sentences, and what to do about it."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click
from django.core.exceptions import ImproperlyConfigured

from zahlmeister.cli.house import SETTINGS, now
from zahlmeister.refusals import Refusal

#: Less room than this on the disk is worth a sentence.
LEAST_BYTES = 1 << 30
#: Nobody waits longer than this for a worker that runs.
PATIENCE = 600


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found; `is_wrong` when something does not work, otherwise it is worth knowing."""

    sentence: str
    is_wrong: bool = True


Findings = Iterator[Finding]


@click.command("check")
def check() -> None:
    """Look at settings, folders, database and workers. Exit status 1 when something does not work."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    try:
        import django

        django.setup()
        findings = [finding for look in LOOKS for finding in look()]
    except (ImproperlyConfigured, PermissionError, ValueError) as error:
        raise click.ClickException(f"The settings cannot be read: {error}") from error
    for finding in findings:
        click.echo(f"{'wrong' if finding.is_wrong else 'note '}  {finding.sentence}")
    if not findings:
        click.echo("Everything looks right.")
    sys.exit(any(finding.is_wrong for finding in findings))


def _folder() -> Findings:
    from django.conf import settings

    home: Path = settings.HOME
    if not os.access(home, os.W_OK):
        yield Finding(f"“{home}” cannot be written by this user; change its owner or ZAHLMEISTER_HOME.")
    yield from _secret()
    free = shutil.disk_usage(home).free
    if free < LEAST_BYTES:
        yield Finding(f"There are {free >> 20} MB left where “{home}” is; nothing can be written without room.")


def _secret() -> Findings:
    from django.conf import settings

    from zahlmeister.merchants.key_file import keys

    path: Path = settings.SECRET_FILE
    if path.stat().st_mode & 0o077:
        yield Finding(f"“{path}” can be read by others; chmod 600 it.")
    if len(keys(path).used) > 1:
        sentence = "An older secret still opens what it sealed; end it with `zahlmeister rotate-key --finish`."
        yield Finding(sentence, is_wrong=False)


def _address() -> Findings:
    from django.conf import settings

    address = urlsplit(settings.PUBLIC_ADDRESS)
    hosts = {host.strip("[]") for host in settings.ALLOWED_HOSTS}
    if not hosts & {address.hostname, "*"}:
        yield Finding(f"Letters lead to {address.hostname}, where 400 is answered; name it in ZAHLMEISTER_HOSTS, too.")
    if address.scheme == "https" and not settings.SECURE:
        yield Finding("The address is https, but cookies are sent without it, too; set ZAHLMEISTER_SECURE=1.")
    if settings.SECURE and not os.environ.get("ZAHLMEISTER_PROXY"):
        yield Finding("ZAHLMEISTER_PROXY names no proxy, so nobody is believed that a page was asked for over HTTPS.")
    if address.hostname == "localhost":
        yield Finding("Letters lead to localhost; set ZAHLMEISTER_ADDRESS to what buyers reach.", is_wrong=False)


def _mail() -> Findings:
    from django.conf import settings

    from zahlmeister.connectors.mail.server import way

    try:
        found = way(settings.MAIL_WAY)
        if found is None:
            sentence = "No mails leave for merchants without a mail server of their own; see ZAHLMEISTER_MAIL."
            yield Finding(sentence, is_wrong=False)
            return
        with found.open():
            pass
    except Refusal as refusal:
        yield Finding(f"ZAHLMEISTER_MAIL: {refusal}")


def _places() -> Findings:
    from django.conf import settings

    from zahlmeister.connectors.sanctions.file_list import sanction_list

    if settings.PRINT_FOLDER and not os.access(settings.PRINT_FOLDER, os.W_OK):
        yield Finding(f"“{settings.PRINT_FOLDER}” cannot be written; letters wait there for the print service.")
    try:
        sanction_list(settings.SANCTIONS)
    except Refusal as refusal:
        yield Finding(f"ZAHLMEISTER_SANCTIONS: {refusal}")


def _database() -> Findings:
    from zahlmeister.project.signs import trouble

    told = trouble()
    if told:
        yield Finding(told)
        return
    yield from _line_to_database()
    yield from _registration()
    yield from _work()
    yield from _texts()


def _line_to_database() -> Findings:
    from django.db import connection

    from zahlmeister.project.database import open_line

    if told := open_line(connection.settings_dict):
        yield Finding(told, is_wrong=False)


def _registration() -> Findings:
    """Whether strangers who may register get their mail, and meet somebody who looks after them."""
    from django.conf import settings

    from zahlmeister.correspondence.senders import sender_of
    from zahlmeister.correspondence.ways import way_of_house
    from zahlmeister.merchants.operator import operator

    if not settings.REGISTRATION:
        return
    runs = operator()
    if runs is None:
        yield Finding(
            "ZAHLMEISTER_REGISTRATION is on and nobody can register: `zahlmeister operator` names who runs it."
        )
    elif sender_of(runs.pk, None) is None:
        yield Finding(f"Whoever registers gets no mail: “{runs}” has no sender (Letters → Sender).")
    elif way_of_house() is None:
        yield Finding(f"Whoever registers gets no mail: “{runs}” has no mail server, and ZAHLMEISTER_MAIL names none.")


def _work() -> Findings:
    """Whether somebody does what is due."""
    from django.conf import settings

    from zahlmeister.flows.look_after_house import signs
    from zahlmeister.outbox.hold import held

    if hold := held(settings.HOME):
        yield Finding(f"{hold.why} Nothing leaves it; `zahlmeister send-again` says what waits and lets it go.")
    told_of = list(signs(now()))
    told = {(sign.name, sign.labels.get("channel", "")): sign.value for sign in told_of}
    late = max((value for (name, _), value in told.items() if name.endswith("oldest_seconds")), default=0)
    if late > PATIENCE:
        yield Finding(f"Something has waited for {late // 60} minutes; does a `zahlmeister worker` run?")
    if told["unwritable", ""]:
        yield Finding("The database answers and takes nothing that is written: is a disk full, or is it a standby?")
    if told["books_wrong", ""]:
        yield Finding("Books did not add up when they were last checked; `zahlmeister check-books --all` says what.")
    for turn, count in ((sign.labels["turn"], sign.value) for sign in told_of if sign.name == "rows_in_trouble"):
        yield Finding(f"The work “{turn}” has failed again and again for {count} rows; the worker's log says why.")
    stuck = sum(value for (name, _), value in told.items() if name == "messages_stuck")
    if stuck:
        yield Finding(f"{stuck} messages could not be delivered and wait for a person in the office.", is_wrong=False)


def _texts() -> Findings:
    """Whether names and texts are found quickly."""
    from zahlmeister.merchants.text_index import missing_text_indexes

    if missing_text_indexes():
        sentence = (
            "Names and texts are searched row by row, because the database has no extension pg_trgm. Install "
            "PostgreSQL's contrib package, let somebody who may do so say CREATE EXTENSION pg_trgm, then run "
            "`zahlmeister migrate`."
        )
        yield Finding(sentence, is_wrong=False)


def _passwords() -> Findings:
    """Whether new passwords can be looked up."""
    from zahlmeister.merchants.stolen import trouble_with_list

    if told := trouble_with_list():
        yield Finding(told)


def _outward() -> Findings:
    from django.conf import settings

    from zahlmeister.connectors.names import check_allowed, wrong_hosts

    for host in wrong_hosts():
        yield Finding(
            f"ZAHLMEISTER_CALLS: “{host}” is no host; give names such as api.paypal.com or .shop.example, "
            "without https:// and port, others than ASCII as xn--…."
        )
    vies = urlsplit(settings.VIES).hostname or ""
    try:
        check_allowed(vies)
    except Refusal:
        yield Finding(f"VAT ids cannot be asked about: ZAHLMEISTER_CALLS does not name {vies}.", is_wrong=False)


LOOKS: tuple[Callable[[], Findings], ...] = (_folder, _address, _passwords, _mail, _places, _outward, _database)
