"""The house's refusals in the reader's language.

The domain refuses in English sentences and knows no language. Here each is listed once, its facts as `%(fact)s`, so
that it is translated like every other text; one that is not listed is shown as it was said.
"""

import re
from calendar import month_name
from functools import cache
from itertools import zip_longest

from django.utils.translation import get_language, gettext, gettext_noop, pgettext

from zahlmeister.office.account_sentences import SENTENCES as ACCOUNT_SENTENCES
from zahlmeister.office.api_sentences import SENTENCES as API_SENTENCES
from zahlmeister.office.asking_sentences import SENTENCES as ASKING_SENTENCES
from zahlmeister.office.bank_sentences import SENTENCES as BANK_SENTENCES
from zahlmeister.office.bookkeeper_sentences import SENTENCES as BOOKKEEPER_SENTENCES
from zahlmeister.office.collection_sentences import SENTENCES as COLLECTION_SENTENCES
from zahlmeister.office.credit_sentences import SENTENCES as CREDIT_SENTENCES
from zahlmeister.office.customer_sentences import SENTENCES as CUSTOMER_SENTENCES
from zahlmeister.office.desk_sentences import SENTENCES as DESK_SENTENCES
from zahlmeister.office.erp_sentences import SENTENCES as ERP_SENTENCES
from zahlmeister.office.file_sentences import SENTENCES as FILE_SENTENCES
from zahlmeister.office.letter_sentences import SENTENCES as LETTER_SENTENCES
from zahlmeister.office.module_sentences import SENTENCES as MODULE_SENTENCES
from zahlmeister.office.order_file_sentences import SENTENCES as ORDER_FILE_SENTENCES
from zahlmeister.office.payout_sentences import SENTENCES as PAYOUT_SENTENCES
from zahlmeister.office.people_sentences import SENTENCES as PEOPLE_SENTENCES
from zahlmeister.office.provider_sentences import SENTENCES as PROVIDER_SENTENCES
from zahlmeister.office.purchase_sentences import SENTENCES as PURCHASE_SENTENCES
from zahlmeister.office.purchase_words import DOCUMENTS
from zahlmeister.office.refund_sentences import SENTENCES as REFUND_SENTENCES
from zahlmeister.office.setting_sentences import SENTENCES as SETTING_SENTENCES
from zahlmeister.office.shop_sentences import SENTENCES as SHOP_SENTENCES

_AMOUNT = re.compile(r"-?\d+\.\d+ [A-Z]{3}")
#: Between two digits of the whole units behind which three, six, … more stand.
_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+\.)")
_GERMAN = str.maketrans(",.", ".,")
_DAY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-(\d{2}))?")
_DOCUMENT = re.compile(r"([a-z]+(?: [a-z]+)?) (\S+)")
_FACT = re.compile(r"%\((\w+)\)s")
_PLACE = re.compile(r", (statement|entry|line|column|field) ")

SENTENCES = (
    gettext_noop("Only a whole payment can be ignored; a part of this one went back or was kept by a carrier."),
    gettext_noop("Nothing of this payment is left that could go back."),
    gettext_noop("A carrier has kept a part of this payment, so that what is left was never paid in full."),
    gettext_noop("An amount above zero is needed to assign."),
    gettext_noop("Choose at least one order to assign the payment to."),
    gettext_noop("Nothing of this payment is assigned."),
    gettext_noop("Only a file that stopped at an error can be read again."),
    gettext_noop("Only a file that stopped at an error can be set aside."),
    gettext_noop("Only a payment that waits for a person gets new suggestions."),
    gettext_noop("Somebody else has just changed one of these; look again and decide anew."),
    gettext_noop("Somebody else has just decided on this payment."),
    gettext_noop("The bank names no account for this payment, so that its payer cannot be ignored for good."),
    gettext_noop("Somebody else has just decided on this proposal."),
    gettext_noop("This proposal does not exist any more."),
    gettext_noop("This rule does not exist any more."),
    gettext_noop("There is nothing open on this order that could fall away."),
    gettext_noop("This order does not exist."),
    gettext_noop("This order is not cancelled."),
    gettext_noop("This order is paid already."),
    gettext_noop("This order was not marked as paid by hand."),
    gettext_noop("This payment does not exist."),
    gettext_noop("This payment is not ignored."),
    gettext_noop("A payment that is “%(state)s” cannot become “%(wanted)s”."),
    gettext_noop("An order that is “%(state)s” cannot become “%(wanted)s”."),
    gettext_noop("Only %(left)s of this payment are left to assign."),
    gettext_noop("The payment is in %(paid)s, the order in %(owed)s."),
    gettext_noop("%(host)s, port %(port)s, does not answer: %(why)s."),
    gettext_noop("%(host)s, port %(port)s, does not speak SFTP: %(why)s."),
    gettext_noop(
        "%(host)s shows the host key %(seen)s, agreed was %(agreed)s. Nothing was sent; "
        "ask who runs it whether it has a new key."
    ),
    gettext_noop("%(host)s does not let “%(user)s” in."),
    gettext_noop("%(host)s broke off: %(why)s."),
    gettext_noop(
        "The private key for %(host)s cannot be used: it is none of Ed25519, ECDSA or RSA, or has a passphrase."
    ),
    gettext_noop("The folder “%(folder)s” cannot be read: %(why)s."),
    gettext_noop("The folder “%(folder)s” on %(host)s cannot be read: %(why)s."),
    gettext_noop("There is a connection “%(name)s” already; choose another name."),
    gettext_noop(
        "An account number was sealed with another secret.key, or not by this installation; restore that file."
    ),
    gettext_noop(
        "What stands in the database was sealed with another secret.key, or not by this installation; "
        "restore that file."
    ),
    gettext_noop("The stored access was sealed with another secret.key; restore that file or enter the access again."),
    gettext_noop("“%(name)s” is empty; please export the statement again."),
    gettext_noop("Choose at least one line of the list."),
    gettext_noop("Line %(line)s of the list cannot be assigned any more; look at it again."),
    gettext_noop("Line %(line)s (“%(text)s”) is not read: %(why)s"),
    gettext_noop("Nothing of this payment is left to divide."),
    gettext_noop("Two columns cannot say the same, other than texts and names."),
    gettext_noop("What these columns mean is forgotten already."),
    gettext_noop("The file names no account. Say of which account it is."),
    gettext_noop("Say which column has the booking day."),
    gettext_noop("Say which column has the amount, or which two have what goes out and what comes in."),
    gettext_noop("The amount stands in one column, or in two for what goes out and what comes in; not in three."),
    gettext_noop("Say what the column of the direction says of money going out."),
    gettext_noop("Say which currency the amounts are in."),
    gettext_noop("A currency is three capital letters such as EUR."),
    gettext_noop("The chosen lines make %(made)s, but only %(left)s of this payment are left."),
    gettext_noop("The list says that %(told)s are paid out; its rows less the fees make %(made)s."),
    gettext_noop("The list says that its rows make %(told)s; they make %(made)s."),
    gettext_noop("the amount is missing."),
    gettext_noop("the line has more columns than its header; a decimal comma may be taken for a column."),
    gettext_noop("“%(text)s” is no amount: digits such as 1.234,56 or 1234.56 are expected."),
    gettext_noop("“%(text)s” can be read two ways; write %(one)s or %(other)s."),
    gettext_noop(
        "“%(text)s” is a tracking number that a spreadsheet has rounded; give that column the format “text” and export "
        "it again."
    ),
    gettext_noop("“%(name)s” is empty."),
    gettext_noop("“%(name)s” is larger than 20 MB; hand in the list alone."),
    gettext_noop("“%(name)s” has amounts in %(currencies)s; one is expected."),
    gettext_noop("“%(name)s” has more than %(pages)s pages; hand in the list alone."),
    gettext_noop("“%(name)s” holds pictures and no text; ask the carrier for CSV or Excel."),
    gettext_noop(
        "“%(name)s” is no advice list that we know: a line with the names of its columns is expected, with an amount "
        "and a tracking number, an order number or a name."
    ),
    gettext_noop("“%(name)s” is no list that can be read; CSV, Excel or PDF is expected."),
    gettext_noop("“%(name)s” is no longer in the file store; please hand it in again."),
    gettext_noop("“%(name)s” is no PDF that can be read; ask the carrier for CSV or Excel."),
    gettext_noop("“%(name)s” is no spreadsheet that can be opened; it may be protected or damaged."),
    gettext_noop("“%(name)s” is protected by a password; save it without one."),
    gettext_noop("“%(name)s” unpacks to more than 200 MB; hand in the list alone."),
    gettext_noop("A transfer that is “%(state)s” cannot become “%(wanted)s”."),
    gettext_noop("A transfer that is “%(state)s” waits for no approval."),
    gettext_noop("A file that is “%(state)s” cannot become “%(wanted)s”."),
    gettext_noop("Somebody else has just changed this transfer; look again."),
    gettext_noop("Somebody else has just changed this file; look again."),
    gettext_noop("You have no right to approve transfers of this merchant."),
    gettext_noop("There is no name to be confirmed on this transfer."),
    gettext_noop("No approved transfer of this account is due."),
    gettext_noop("The payee of %(order)s must be looked at first; withdraw the file or confirm the name."),
    gettext_noop("There is a doubt about %(order)s; look at it first, or withdraw the file."),
    gettext_noop("The bank has answered %(file)s, and a transfer of it goes in another file."),
    gettext_noop("The file %(file)s is no longer in the file store; restore it from the backup."),
    gettext_noop("The file %(file)s was changed in the file store; it is not handed out."),
    gettext_noop("The account is kept in %(currency)s; %(amount)s cannot be ordered from it."),
    gettext_noop("%(day)s is over; choose today or a later day."),
    gettext_noop("“%(name)s” answers the file %(file)s, which was not made here."),
    gettext_noop("“%(iban)s” is no IBAN (%(what)s): a digit is missing, too many or mistyped."),
    gettext_noop("%(amount)s cannot be ordered (%(what)s): banks take from 0.01 to 999,999,999.99."),
    gettext_noop("%(order)s: a transfer carries a text or a reference, not both."),
    gettext_noop("%(order)s: “%(reference)s” is no creditor reference (RF…); send it as text."),
    gettext_noop("%(order)s: Swiss banks want the creditor's town and country for this sort of payment."),
    gettext_noop(
        "The check digits of %(number)s are right, but no bank in %(country)s has the number %(code)s; the bank may "
        "have closed, or the number is invented. Ask for the account again."
    ),
    gettext_noop("“%(name)s” is being read by another worker now."),
    gettext_noop("“%(name)s” does not send files of this account."),
    gettext_noop("Only a file that waits to be sent can be taken back."),
    gettext_noop("Only of a file that nobody knows about a person can say whether the bank has it."),
    gettext_noop(
        "The bank may have taken the file away, or somebody else has; the server does not tell. Ask the bank."
    ),
    gettext_noop("Files for the bank need a folder of their own, or they would be fetched as statements."),
    gettext_noop("The folder “%(folder)s” on %(host)s takes no file: %(why)s."),
    gettext_noop("%(host)s kept %(some)s of %(all)s bytes of “%(name)s”."),
)


def in_words(refusal: object) -> str:
    """The sentence of a refusal in the reader's language; with the place before it, as in `file, line 3: why`."""
    sentence = str(refusal)
    told = _listed(sentence)
    if told is not None:
        return told
    place, colon, why = sentence.partition(": ")
    told = _listed(why) if colon else None
    return sentence if told is None else f"{_place(place)}: {told}"


def _listed(sentence: str) -> str | None:
    for listed, pattern in _patterns():
        if match := pattern.fullmatch(sentence):
            facts = {name: _spoken(fact) for name, fact in match.groupdict().items()}
            if "why" in facts:  # a sentence of its own
                facts["why"] = in_words(facts["why"])
            return gettext(listed) % facts
    return None


def _place(place: str) -> str:
    """`march.csv, statement 1, entry 3` in the reader's language; the file's name stays."""
    words = {
        "statement": pgettext("a place in a file", "statement"),
        "entry": pgettext("a place in a file", "entry"),
        "line": pgettext("a place in a file", "line"),
        "column": pgettext("a place in a file", "column"),
        "field": pgettext("a place in a file", "field"),
    }
    return _PLACE.sub(lambda found: f", {words[found[1]]} ", place)


def _spoken(fact: str) -> str:
    """An amount with the reader's signs, a day or month as he writes it, a document; all else as it was said."""
    is_german = (get_language() or "de").startswith("de")
    if _AMOUNT.fullmatch(fact):
        grouped = _THOUSANDS.sub(",", fact)
        return grouped.translate(_GERMAN) if is_german else grouped
    if found := _DAY.fullmatch(fact):
        year, month, day = found.groups()
        if is_german:
            return f"{int(day)}.{int(month)}.{year}" if day else f"{month}/{year}"
        named = f"{month_name[int(month)]} {year}"
        return f"{int(day)} {named}" if day else named
    if not is_german:
        return fact
    if (found := _DOCUMENT.fullmatch(fact)) and (kind := found[1].replace(" ", "_")) in DOCUMENTS:
        return f"{DOCUMENTS[kind]} {found[2]}"
    return fact


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each sentence and what it fits: those with most words of their own first, because “X” is Y fits much."""
    sentences = (
        *SENTENCES,
        *FILE_SENTENCES,
        *ACCOUNT_SENTENCES,
        *BANK_SENTENCES,
        *LETTER_SENTENCES,
        *MODULE_SENTENCES,
        *API_SENTENCES,
        *ASKING_SENTENCES,
        *PEOPLE_SENTENCES,
        *PROVIDER_SENTENCES,
        *PURCHASE_SENTENCES,
        *ERP_SENTENCES,
        *REFUND_SENTENCES,
        *CREDIT_SENTENCES,
        *BOOKKEEPER_SENTENCES,
        *SETTING_SENTENCES,
        *SHOP_SENTENCES,
        *PAYOUT_SENTENCES,
        *ORDER_FILE_SENTENCES,
        *COLLECTION_SENTENCES,
        *CUSTOMER_SENTENCES,
        *DESK_SENTENCES,
    )
    patterns = [(listed, re.compile(_pattern(listed))) for listed in sentences]
    return sorted(patterns, key=lambda one: -len(_FACT.sub("", one[0])))


def _pattern(listed: str) -> str:
    """What a listed sentence fits when its facts are filled in."""
    words = [re.escape(part.replace("%%", "%")) for part in _FACT.split(listed)[::2]]
    return "".join(
        word + (f"(?P<{name}>.+)" if name else "") for word, name in zip_longest(words, _FACT.findall(listed))
    )
