"""`zahlmeister backup`, `prove-backup` and `restore`: copies of the whole house that prove themselves."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import click

from zahlmeister.cli.house import SETTINGS, now
from zahlmeister.project.copies import Manifest, Place, make_copy, newest, put_back, read_manifest, verify
from zahlmeister.project.database import database
from zahlmeister.refusals import Refused

_COPY = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", type=click.IntRange(1), help="How many copies to leave in the folder; otherwise all.")
@click.option("--prove", is_flag=True, help="Put the copy back into a place of its own, and check its books there.")
def backup(folder: Path, keep: int | None, *, prove: bool) -> None:
    """Copy the database, the files and the secret into a folder of their own in FOLDER, while everything goes on."""
    with _in_a_sentence():
        whole, manifest = make_copy(_here(), folder, version=version("zahlmeister"), at=now())
        click.echo(f"{whole}: {manifest.total_rows} rows, {len(manifest.files)} files.")
        if prove:
            _prove(whole, "")
        for old in newest(folder)[keep:] if keep else ():
            shutil.rmtree(old)
            click.echo(f"{old} was let go.")


@click.command("prove-backup")
@click.argument("copy", type=_COPY)
@click.option("--scratch", default="", help="An empty PostgreSQL database to put a copy of PostgreSQL into.")
def prove_backup(copy: Path, scratch: str) -> None:
    """Put COPY back into a place that is thrown away afterwards, and check every merchant's books there."""
    with _in_a_sentence():
        _prove(copy, scratch)


@click.command("restore")
@click.argument("copy", type=_COPY)
def restore(copy: Path) -> None:
    """Put COPY back where ZAHLMEISTER_HOME and ZAHLMEISTER_DATABASE say; nothing may be there yet."""
    with _in_a_sentence():
        _put_back(copy, _here(), dict(os.environ))


def _here() -> Place:
    """This installation, without opening it: where it is to be put back, there is none yet."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    from django.conf import settings

    return Place(settings.HOME, settings.DATABASES["default"], _vault())


def _vault() -> Path | None:
    """Where the secret lies when it is not in the folder of the installation."""
    named = os.environ.get("ZAHLMEISTER_SECRET")
    return Path(named) if named else None


def _prove(copy: Path, scratch: str) -> None:
    if read_manifest(copy).engine != "sqlite" and not scratch:
        raise Refused("A copy of PostgreSQL is proven in an empty database; name one with --scratch.")
    with tempfile.TemporaryDirectory(prefix="zahlmeister-prove-") as home:
        address = scratch or f"sqlite:{home}/zahlmeister.sqlite3"
        environment = os.environ | {"ZAHLMEISTER_HOME": home, "ZAHLMEISTER_DATABASE": address}
        _put_back(copy, Place(Path(home), database(address, Path(home)), _vault()), environment)


def _put_back(copy: Path, place: Place, environment: dict[str, str]) -> None:
    """Verify a copy, put it back, count it, and have its books checked by a process that knows nothing else."""
    manifest = read_manifest(copy)
    verify(copy, manifest)
    put_back(copy, manifest, place)
    _compare(manifest, place)
    for command in (["migrate"], ["check-books", "--all"], ["seal-files", "--check"]):
        done = subprocess.run(  # noqa: S603 - our own commands, without a shell
            [sys.executable, "-m", "zahlmeister", *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refused(f"The copy is there, but `zahlmeister {' '.join(command)}` says: {done.stdout}{done.stderr}")
    click.echo(
        f"Every file and all {manifest.total_rows} rows are there, every file opens, and every merchant's books add up."
    )


def _compare(manifest: Manifest, place: Place) -> None:
    there = place.rows()
    differing = [name for name in sorted({*there, *manifest.rows}) if there.get(name) != manifest.rows.get(name)]
    if differing:
        raise Refused(f"Not as many rows came back as were copied: {', '.join(differing)}.")


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
