"""What an older secret has sealed in columns, sealed with the newest: column by column, many rows at a time."""

from collections.abc import Iterator

from django.apps import apps
from django.db import transaction

from zahlmeister.merchants.seal import Unopened
from zahlmeister.merchants.sealed_columns import Column, column_of
from zahlmeister.merchants.sealed_facts import SealedFacts
from zahlmeister.merchants.sealed_number import SealedNumber, newest_sign


def numbers_anew(*, is_tried: bool) -> Iterator[tuple[str, int, int]]:
    """Seal anew, in the database of the cell that is asked.

    A row that somebody changes meanwhile is left alone: whoever writes now does so with the newest secret.

    Args:
        is_tried: only look.

    Returns:
        Per column its name, how many values an older secret had sealed, and how many no secret opens.
    """
    for name, column in sealed_columns():
        older = lost = 0
        for rows in column.rows(newest_sign()):
            plain = [(_opened(column, kept), pk, kept) for pk, kept in rows]
            opened = [(text, pk, kept) for text, pk, kept in plain if text is not None]
            older, lost = older + len(opened), lost + len(plain) - len(opened)
            if not is_tried:
                with transaction.atomic(durable=True):
                    column.write([(column.sealed(text), pk, kept) for text, pk, kept in opened])
        yield name, older, lost


def sealed_columns() -> Iterator[tuple[str, Column]]:
    """Each column of account numbers or of facts that there is, with its name."""
    for model in apps.get_models():
        for field in model._meta.local_fields:  # noqa: SLF001 - Django's documented model API
            if isinstance(field, (SealedNumber, SealedFacts)):
                yield f"{model.__name__}.{field.name}", column_of(model, field)


def _opened(column: Column, kept: str) -> str | None:
    try:
        return column.opened(kept)
    except Unopened:
        return None
