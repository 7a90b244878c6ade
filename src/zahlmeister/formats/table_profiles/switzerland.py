"""CSV exports of banks in Switzerland, in the languages they come in."""

from zahlmeister.formats.table_profiles.profile import Profile

SWITZERLAND = (
    Profile(
        name="csv-postfinance",
        account="PostFinance",
        columns={
            "booked_on": "Buchungsdatum|Datum|Date de comptabilisation|Date|Data di contabilizzazione|Data|"
            "Booking date",
            "remittance": "Avisierungstext|Texte de notification|Texte d'avis|Testo di avviso|Testo d'avviso|"
            "Descrizione della transazione|Notification text",
            "credit": "Gutschrift|Gutschrift in {ccy}|Crédit|Crédit en {ccy}|Accredito|Accredito in {ccy}|"
            "Accreditamento|Credit|Credit in {ccy}",
            "debit": "Lastschrift|Lastschrift in {ccy}|Débit|Débit en {ccy}|Addebito|Addebito in {ccy}|Debito|"
            "Debit|Debit in {ccy}",
        },
        optional={
            "booking_text": (
                *("Bewegungstyp", "Type de transaction", "Type de mouvement"),
                *("Tipo di movimento", "Type of transaction"),
            ),
            "value_on": ("Valuta", "Valeur", "Data della valuta", "Value"),
            "balance": ("Saldo", "Saldo in {ccy}", "Solde", "Solde en {ccy}", "Balance", "Balance in {ccy}"),
        },
        is_ragged=True,
    ),
    Profile(
        name="csv-postfinance-2010",
        account="PostFinance",
        columns={
            "booked_on": "BookingDate",
            "remittance": "BookingText",
            "value_on": "ValutaDate",
            "debit": "DebitAmount",
            "credit": "CreditAmount",
            "balance": "Balance",
        },
        is_ragged=True,
    ),
    Profile(
        name="csv-ubs",
        columns={
            "booked_on": "Buchungsdatum|Booking date|Date de comptabilisation|Data di registrazione",
            "value_on": "Valutadatum|Value date|Date de valeur|Data di valuta",
            "currency": "Währung|Currency|Monnaie|Devise|Moneta",
            "debit": "Belastung|Debit|Débit|Addebito|Debit amount",
            "credit": "Gutschrift|Credit|Crédit|Accredito|Credit amount",
            "balance": "Saldo|Balance|Solde",
            "bank_reference": "Transaktions-Nr.|Transaction no.|N° de transaction|No de transaction|N. di transazione",
            "counterparty": "Beschreibung1|Description1|Descrizione1",
        },
        optional={
            "booked_on": ("Abschlussdatum", "Trade date", "Date de transaction", "Data dell'operazione"),
            "remittance": (
                *("Beschreibung2", "Description2", "Descrizione2"),
                *("Beschreibung3", "Description3", "Descrizione3"),
            ),
        },
        is_ragged=True,
        continues=True,
    ),
    Profile(
        name="csv-ubs-2022",
        columns={
            "booked_on": "Buchungsdatum|Booking date|Date de comptabilisation|Data di registrazione",
            "value_on": "Valutadatum|Value date|Date de valeur|Data di valuta",
            "currency": "Währung|Currency|Monnaie|Devise|Moneta",
            "amount": "Transaktionsbetrag|Transaction amount|Montant de la transaction|Importo della transazione",
            "balance": "Saldo|Balance|Solde",
            "bank_reference": "Transaktions-Nr.|Transaction no.|N° de transaction|No de transaction|N. di transazione",
            "counterparty": "Beschreibung1|Description1|Descrizione1",
        },
        optional={
            "booked_on": ("Abschlussdatum", "Trade date", "Date de transaction", "Data dell'operazione"),
            "remittance": (
                *("Beschreibung2", "Description2", "Descrizione2"),
                *("Beschreibung3", "Description3", "Descrizione3"),
            ),
        },
        is_ragged=True,
        continues=True,
    ),
    Profile(
        name="csv-ubs-old",
        columns={
            "account": "IBAN",
            "currency": "Whg.|Ccy.|Monn.|Mon.",
            "booked_on": "Buchungsdatum|Booking date|Date de comptabilisation|Data di registrazione",
            "value_on": "Valuta|Valutadatum|Value date|Date de valeur|Data di valuta",
            "counterparty": "Beschreibung 2|Description 2|Descrizione 2",
            "booking_text": "Beschreibung 1|Description 1|Descrizione 1",
            "remittance": "Beschreibung 3|Description 3|Descrizione 3",
            "bank_reference": "Transaktions-Nr.|Transaction no.|N° de transaction|N. di transazione",
            "debit": "Belastung|Debit|Débit|Addebito",
            "credit": "Gutschrift|Credit|Crédit|Accredito",
            "balance": "Saldo|Balance|Solde",
        },
        is_ragged=True,
        continues=True,
    ),
    Profile(
        name="csv-zkb",
        account="ZKB",
        columns={
            "booked_on": "Datum|Date",
            "remittance": "Buchungstext|Booking text",
            "debit": "Belastung {ccy}|Debit {ccy}",
            "credit": "Gutschrift {ccy}|Credit {ccy}",
            "value_on": "Valuta|Value date",
            "balance": "Saldo {ccy}|Balance {ccy}",
        },
        optional={
            "bank_reference": ("ZKB-Referenz", "ZKB reference"),
            "creditor_reference": ("Referenznummer", "Reference number"),
            "remittance": ("Zahlungszweck", "Payment purpose", "Details"),
        },
        is_ragged=True,
        continues=True,
    ),
    Profile(
        name="csv-zkb-search",
        columns={
            "booked_on": "Datum",
            "remittance": "Buchungstext",
            "account": "Konto",
            "currency": "Whg",
            "debit": "Belastung",
            "credit": "Gutschrift",
        },
    ),
    Profile(
        name="csv-raiffeisen-ch",
        columns={
            "booked_on": "Booked At",
            "remittance": "Text",
            "amount": "Credit/Debit Amount",
            "balance": "Balance",
            "value_on": "Valuta Date",
        },
        optional={"account": "IBAN", "remittance": "Details"},
        currency="CHF",
        is_ragged=True,
        continues=True,
    ),
    Profile(  # Migros, Valiant, acrevis, Neue Aargauer and others of the same banking software
        name="csv-migros",
        columns={
            "booked_on": "Datum|Date|Data",
            "remittance": "Buchungstext|Libellé|Testo di registrazione|Booking text",
            "amount": "Betrag|Montant|Importo|Amount",
            "value_on": "Valuta|Valeur|Value date",
        },
        optional={
            "remittance": ("Mitteilung", "Message", "Comunicazione"),
            "creditor_reference": (
                "Referenznummer",
                "Numéro de référence",
                "Numero di riferimento",
                "Reference number",
            ),
            "balance": ("Saldo", "Solde", "Balance"),
        },
        currency="CHF",
    ),
    Profile(  # Aargauische Kantonalbank
        name="csv-akb",
        account="AKB",
        columns={
            "booked_on": "Buchung",
            "remittance": "Buchungstext",
            "debit": "Belastung",
            "credit": "Gutschrift",
            "balance": "Saldo {ccy}",
        },
        is_ragged=True,
    ),
    Profile(  # Basler, Thurgauer and Luzerner Kantonalbank, Bank Cler
        name="csv-bkb",
        account="BKB",
        columns={
            "booked_on": "Buchungsdatum|Date de comptabilisation|Data di contabilizzazione|Posting date",
            "booking_text": "Auftragsart|Type d'ordre|Tipo di ordine|Order type",
            "remittance": "Text|Buchungstext|Libellé|Testo",
            "debit": "Belastungsbetrag ({ccy})|Belastung ({ccy})|Montant débité ({ccy})|Importo addebitato ({ccy})",
            "credit": "Gutschriftsbetrag ({ccy})|Gutschrift ({ccy})|Montant crédité ({ccy})|"
            "Importo accreditato ({ccy})",
            "balance": "Saldo ({ccy})|Saldo in ({ccy})|Solde ({ccy})",
        },
        optional={"value_on": ("Valutadatum", "Date de valeur", "Data di valuta")},
        is_ragged=True,
        continues=True,
    ),
    Profile(  # Basellandschaftliche Kantonalbank
        name="csv-blkb",
        account="BLKB",
        columns={
            "booked_on": "Auftragsdatum",
            "remittance": "Buchungstext",
            "debit": "Belastungsbetrag ({ccy})",
            "credit": "Gutschriftsbetrag ({ccy})",
            "value_on": "Valutadatum",
            "balance": "Saldo ({ccy})",
        },
        is_ragged=True,
        continues=True,
    ),
    Profile(  # Berner Kantonalbank
        name="csv-bekb",
        account="BEKB",
        columns={
            "booked_on": "Datum",
            "value_on": "Valuta",
            "booking_text": "Buchungstext",
            "counterparty": "Name Auftraggeber / Begünstigter",
            "counterparty_iban": "Konto / Bank",
            "remittance": "Mitteilung / Referenz",
            "amount": "Betrag",
            "balance": "Saldo",
        },
        optional={"remittance": ("Zusatzinfos Buchung", "Zusatzinfos Transaktion")},
        currency="CHF",
    ),
    Profile(
        name="csv-neon",
        account="neon",
        columns={
            "booked_on": "Date",
            "amount": "Amount",
            "counterparty": "Description",
            "remittance": "Subject",
        },
        also=("Original amount", "Original currency", "Category"),
        currency="CHF",
    ),
)
