"""Every mail and letter as its reader has it: whose mailbox or letterbox, what lies in it, and one of them opened."""

from django.http import HttpResponseBase
from django.shortcuts import render

from zahlmeister.correspondence import queries
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.letter_words import kind_name
from zahlmeister.office.listing import Address

MOST_READERS = 200
MOST_LETTERS = 100


@signed_in
def mailboxes(request: OfficeRequest) -> HttpResponseBase:
    """The readers, who was written to last first; `reader` names whose box is open, `letter` what is read in it."""
    merchant, address = request.merchant.pk, Address(request)
    readers = queries.readers(merchant, MOST_READERS)
    wanted = request.GET.get("reader", "")[:254]
    reader = wanted or (readers[0].reader if readers else "")
    letters = list(queries.sent_letters(merchant).filter(reader=reader, sent_at__isnull=False)[:MOST_LETTERS])
    opened = address.number("letter")
    return render(
        request,
        "office/mailboxes.html",
        {
            "readers": readers,
            "reader": reader,
            "letters": [(row, kind_name(row.kind)) for row in letters],
            "opened": next((row for row in letters if row.pk == opened), letters[0] if letters else None),
        },
    )
