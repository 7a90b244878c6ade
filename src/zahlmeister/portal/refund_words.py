"""The words of the buyer's refund page in the four languages of the three countries."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the page says; `{…}` is filled in."""

    title: str
    order: str
    planned: str
    missing: str
    confirmed: str
    paid: str
    cancelled: str
    stopped: str
    to: str
    right: str
    other: str
    name: str
    iban: str
    send: str
    name_hint: str
    no_iban: str
    not_possible: str
    old: str
    again: str
    sent: str
    language: str


WORDS: Mapping[str, Words] = {
    "de": Words(
        title="Rückerstattung",
        order="Rückerstattung zur Bestellung {number}",
        planned="{amount} werden am {day} überwiesen",
        missing="Wohin dürfen wir {amount} überweisen?",
        confirmed="{amount} werden jetzt überwiesen",
        paid="{amount} wurden am {day} überwiesen",
        cancelled="Diese Rückerstattung wurde zurückgezogen",
        stopped="Ihre Rückerstattung über {amount} wird geprüft",
        to="Auf das Konto",
        right="Ja, dorthin überweisen",
        other="Anderes Konto",
        name="Name des Kontoinhabers",
        iban="IBAN",
        send="Dieses Konto verwenden",
        name_hint="Genau wie die Bank ihn kennt: Sie vergleicht den Namen.",
        no_iban="Diese IBAN stimmt nicht. Bitte vergleichen Sie sie mit Ihrer Karte oder Ihrem Kontoauszug.",
        not_possible="Das geht nicht mehr, oder nicht mit diesem Konto. Bitte nennen Sie ein anderes.",
        old="Dieser Link gilt nicht mehr.",
        again="Neuen Link an meine E-Mail-Adresse senden",
        sent="Wenn die Rückerstattung noch offen ist, ist ein neuer Link unterwegs.",
        language="Sprache",
    ),
    "en": Words(
        title="Refund",
        order="Refund for order {number}",
        planned="{amount} will be transferred on {day}",
        missing="Where may we transfer {amount}?",
        confirmed="{amount} is being transferred now",
        paid="{amount} was transferred on {day}",
        cancelled="This refund was withdrawn",
        stopped="Your refund of {amount} is being looked at",
        to="To the account",
        right="Yes, transfer it there",
        other="Another account",
        name="Name of the account holder",
        iban="IBAN",
        send="Use this account",
        name_hint="Exactly as the bank knows it: it compares the name.",
        no_iban="This IBAN is not right. Please compare it with your card or your statement.",
        not_possible="That is not possible any more, or not with this account. Please name another one.",
        old="This link is not valid any more.",
        again="Send a new link to my mail address",
        sent="If the refund is still open, a new link is on its way.",
        language="Language",
    ),
    "fr": Words(
        title="Remboursement",
        order="Remboursement de la commande {number}",
        planned="{amount} seront virés le {day}",
        missing="Où pouvons-nous virer {amount}\u00a0?",
        confirmed="{amount} sont en cours de virement",
        paid="{amount} ont été virés le {day}",
        cancelled="Ce remboursement a été retiré",
        stopped="Votre remboursement de {amount} est en cours d’examen",
        to="Sur le compte",
        right="Oui, virer sur ce compte",
        other="Un autre compte",
        name="Nom du titulaire du compte",
        iban="IBAN",
        send="Utiliser ce compte",
        name_hint="Exactement comme la banque le connaît\u00a0: elle compare le nom.",
        no_iban="Cet IBAN n’est pas correct. Veuillez le comparer avec votre carte ou votre relevé.",
        not_possible="Ce n’est plus possible, ou pas avec ce compte. Veuillez en indiquer un autre.",
        old="Ce lien n’est plus valable.",
        again="Envoyer un nouveau lien à mon adresse",
        sent="Si le remboursement est encore ouvert, un nouveau lien est en route.",
        language="Langue",
    ),
    "it": Words(
        title="Rimborso",
        order="Rimborso dell’ordine {number}",
        planned="{amount} saranno bonificati il {day}",
        missing="Dove possiamo bonificare {amount}?",
        confirmed="{amount} vengono bonificati ora",
        paid="{amount} sono stati bonificati il {day}",
        cancelled="Questo rimborso è stato ritirato",
        stopped="Il Suo rimborso di {amount} è in esame",
        to="Sul conto",
        right="Sì, bonificare lì",
        other="Un altro conto",
        name="Nome del titolare del conto",
        iban="IBAN",
        send="Usare questo conto",
        name_hint="Esattamente come lo conosce la banca: confronta il nome.",
        no_iban="Questo IBAN non è corretto. La preghiamo di confrontarlo con la carta o l’estratto conto.",
        not_possible="Non è più possibile, o non con questo conto. La preghiamo di indicarne un altro.",
        old="Questo link non è più valido.",
        again="Inviare un nuovo link al mio indirizzo",
        sent="Se il rimborso è ancora aperto, un nuovo link è in arrivo.",
        language="Lingua",
    ),
}
