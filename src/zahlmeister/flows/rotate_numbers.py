"""Account numbers that an older secret has sealed, sealed with the newest: column by column, many rows at a time."""

from collections.abc import Iterator

from django.apps import apps
from django.db import transaction

from zahlmeister.merchants.seal import Unopened
from zahlmeister.merchants.sealed_columns import Column, column_of
from zahlmeister.merchants.sealed_number import SealedNumber, newest_sign, opened_number, sealed_number


def numbers_anew(*, is_tried: bool) -> Iterator[tuple[str, int, int]]:
    """Seal anew, in the database of the cell that is asked.

    A row that somebody changes meanwhile is left alone: whoever writes now does so with the newest secret.

    Args:
        is_tried: only look.

    Returns:
        Per column its name, how many numbers an older secret had sealed, and how many no secret opens.
    """
    for name, column in sealed_columns():
        older = lost = 0
        for rows in column.rows(newest_sign()):
            plain = [(_opened(kept, column.purpose), pk, kept) for pk, kept in rows]
            opened = [(number, pk, kept) for number, pk, kept in plain if number is not None]
            older, lost = older + len(opened), lost + len(plain) - len(opened)
            if not is_tried:
                with transaction.atomic(durable=True):
                    column.write([(sealed_number(number, column.purpose), pk, kept) for number, pk, kept in opened])
        yield name, older, lost


def sealed_columns() -> Iterator[tuple[str, Column]]:
    """Each column of account numbers that there is, with its name."""
    for model in apps.get_models():
        for field in model._meta.local_fields:  # noqa: SLF001 - Django's documented model API
            if isinstance(field, SealedNumber):
                yield f"{model.__name__}.{field.name}", column_of(model, field)


def _opened(kept: str, purpose: str) -> str | None:
    try:
        return opened_number(kept, purpose)
    except Unopened:
        return None
