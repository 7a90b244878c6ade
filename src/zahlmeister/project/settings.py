"""Settings of an installation; everything that differs between installations is an environment variable.

- `ZAHLMEISTER_HOME`: folder for the embedded database, the kept statement files and the secret (default `var`).
- `ZAHLMEISTER_SECRET`: where the secret lies, when it is not `secret.key` in that folder (see `secret_file`).
- `ZAHLMEISTER_DATABASE`: see `project.database`; empty for the embedded one.
- `ZAHLMEISTER_HOSTS`: names under which the office is reached, separated by commas.
- `ZAHLMEISTER_SECURE`: `1` when served over HTTPS: cookies are then only sent encrypted, under names that no
  other host can give, and browsers are told to come encrypted only.
- `ZAHLMEISTER_AHEAD`: statement files from so many bytes on are read by a second process (default four million);
  `0` for never.
- `ZAHLMEISTER_ADDRESS`: the address under which buyers and people reach this installation, such as
  `https://pay.wollstube.example`; letters lead there (default `http://localhost:8000`).
- `ZAHLMEISTER_REGISTRATION`: `1` when strangers may open an account for their business (see `flows.people.register`).
- `ZAHLMEISTER_LETTERS`, `ZAHLMEISTER_INVITATIONS`: how many leave in 24 hours before a merchant
  is verified (default 50 and 5; see `flows.before_verified`).
- `ZAHLMEISTER_MAIL`: how mails leave, for merchants without a mail server of their own: `smtp://user:password@host:587`
  (STARTTLS), `smtps://…`, or `maildir:/folder`; empty for not at all.
- `ZAHLMEISTER_FINTS`: the number under which this installation is registered with the German banks for FinTS.
- `ZAHLMEISTER_BOUNCES`: where mails that came back arrive: `maildir:/folder`; empty for nowhere.
- `ZAHLMEISTER_PRINT`: the folder from which a print service fetches letters as PDF; empty for none.
- `ZAHLMEISTER_SANCTIONS`: a CSV file of people to whom nothing may be paid, see `connectors.sanctions`.
- `ZAHLMEISTER_STOLEN`: a list of stolen passwords, see `merchants.stolen`; empty for none.
- `ZAHLMEISTER_IDLE`: minutes without a page after which people sign in again (default 120).
- `ZAHLMEISTER_STAY`: hours after which people sign in again in any case (default 24).
- `ZAHLMEISTER_VIES`: where VAT ids are asked about; the European Commission's service unless another is named.
- `ZAHLMEISTER_LOG`: `json` for one JSON object per line of the log.
- `ZAHLMEISTER_METRICS`: the key with which `/metrics` may be asked; empty for nobody.
- `ZAHLMEISTER_PROXY`: the address of the HTTPS proxy in front, whose word about the caller is taken (see `cli.serve`).
"""

import os
from functools import partial
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from zahlmeister.merchants.key_file import made_keys
from zahlmeister.project.database import database
from zahlmeister.project.secret_file import secret_file

PACKAGE = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("ZAHLMEISTER_HOME", "var")).resolve()
for folder in (HOME, HOME / "files", HOME / "static"):
    folder.mkdir(parents=True, exist_ok=True)

SECRET_FILE = secret_file(os.environ.get("ZAHLMEISTER_SECRET", ""), HOME)
SECRET_KEY, *SECRET_KEY_FALLBACKS = made_keys(SECRET_FILE).secrets
DEBUG = False
SECURE = os.environ.get("ZAHLMEISTER_SECURE") == "1"
PUBLIC_ADDRESS = os.environ.get("ZAHLMEISTER_ADDRESS", "http://localhost:8000").rstrip("/")
MAIL_WAY = os.environ.get("ZAHLMEISTER_MAIL", "")
BOUNCES = os.environ.get("ZAHLMEISTER_BOUNCES", "")
VIES = os.environ.get("ZAHLMEISTER_VIES", "https://ec.europa.eu/taxation_customs/vies/rest-api")
SANCTIONS = os.environ.get("ZAHLMEISTER_SANCTIONS", "")
STOLEN_PASSWORDS = os.environ.get("ZAHLMEISTER_STOLEN", "")
IDLE = int(os.environ.get("ZAHLMEISTER_IDLE", "120")) * 60  # seconds
SIGNED_IN = int(os.environ.get("ZAHLMEISTER_STAY", "24")) * 3600  # seconds
PRINT_FOLDER = os.environ.get("ZAHLMEISTER_PRINT", "")
REGISTRATION = os.environ.get("ZAHLMEISTER_REGISTRATION") == "1"
UNVERIFIED_LETTERS = int(os.environ.get("ZAHLMEISTER_LETTERS", "50"))  # in 24 hours, as invitations
UNVERIFIED_INVITATIONS = int(os.environ.get("ZAHLMEISTER_INVITATIONS", "5"))
ALLOWED_HOSTS = [host for host in os.environ.get("ZAHLMEISTER_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "zahlmeister.office",  # before allauth, whose pages it draws itself
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "zahlmeister.merchants",
    "zahlmeister.history",
    "zahlmeister.desk",
    "zahlmeister.outbox",
    "zahlmeister.ledger",
    "zahlmeister.orders",
    "zahlmeister.banking",
    "zahlmeister.receivables",
    "zahlmeister.programs",
    "zahlmeister.erps",
    "zahlmeister.learning",
    "zahlmeister.payouts",
    "zahlmeister.accounting",
    "zahlmeister.plans",
    "zahlmeister.correspondence",
    "zahlmeister.dunning",
    "zahlmeister.refunds",
    "zahlmeister.intents",
    "zahlmeister.prepaid",
    "zahlmeister.collection",
    "zahlmeister.credit",
    "zahlmeister.purchase",
    "zahlmeister.portal",
]

MIDDLEWARE = [
    "zahlmeister.office.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zahlmeister.office.session_ages.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "zahlmeister.office.middleware.Bodies",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "zahlmeister.office.session_ages.SessionAges",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "zahlmeister.office.middleware.PlainTexts",
    "zahlmeister.office.middleware.Moving",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "zahlmeister.project.urls"
WSGI_APPLICATION = "zahlmeister.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zahlmeister.office.frame.frame",
            ],
            "builtins": ["zahlmeister.office.templatetags.office"],
        },
    }
]

DATABASES = {"default": database(os.environ.get("ZAHLMEISTER_DATABASE", ""), HOME)}
#: Where the books of a cell are, by its address; see `merchants.cells`.
DATABASE_AT = partial(database, home=HOME)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "merchants.Person"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "zahlmeister.merchants.passwords.HouseWords"},
    {"NAME": "zahlmeister.merchants.stolen.NotStolen"},
]
LOGIN_URL = "office:sign-in"
LOGIN_REDIRECT_URL = "office:today"
LOGOUT_REDIRECT_URL = "office:sign-in"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "zahlmeister.programs.limits.counted_as"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "office/locked_out.html"
PASSWORD_RESET_TIMEOUT = 3600  # seconds

ACCOUNT_ADAPTER = "zahlmeister.office.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # invitations and registration prove addresses
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip,10/15m/key", "key_mail": "40/h/ip", "key_mail_to": "6/h/key"}
MFA_ADAPTER = "zahlmeister.office.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
#: Recovery codes are ours: the library would keep what they are made of.
MFA_FORMS = {
    "authenticate": "zahlmeister.office.recovery_codes.CodeForm",
    "reauthenticate": "zahlmeister.office.recovery_codes.CodeAgainForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Zahlmeister"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": HOME / "cache",  # what limits guessing, shared by the processes of one machine
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
USE_THOUSAND_SEPARATOR = False

FINTS_PRODUCT = os.environ.get("ZAHLMEISTER_FINTS", "")
METRICS_KEY = os.environ.get("ZAHLMEISTER_METRICS", "")
READ_AHEAD_FROM = int(os.environ.get("ZAHLMEISTER_AHEAD", "4000000"))

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {
        "BACKEND": "zahlmeister.merchants.sealed_storage.SealedStorage",
        "OPTIONS": {"location": HOME / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

SESSION_ENGINE = "zahlmeister.project.sessions"
SESSION_COOKIE_AGE = SIGNED_IN
_OURS = "__Host-" if SECURE else ""  # browsers take a cookie of such a name from this host alone, and encrypted
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = (
    _OURS + name for name in ("sessionid", "csrftoken", "language")
)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie of its own
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MOST_PAGES = 600  # a person's in a minute; searches and files weigh as ten
MOST_VISITS = 240  # of one address to buyers' payment pages, in a minute
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "zahlmeister.project.log.AsLine"},
        "json": {"()": "zahlmeister.project.log.AsJson"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if os.environ.get("ZAHLMEISTER_LOG") == "json" else "line",
        }
    },
    "loggers": {
        "fints": {"level": "CRITICAL"},  # what the bank says is told in the office
        "zahlmeister.doors": {"level": "INFO"},  # who came in, too
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
}
