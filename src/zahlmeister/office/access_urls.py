"""Second factors and asking again: the library's pages under its own names, drawn by this house."""

from allauth.account.views import reauthenticate
from allauth.mfa.base import views as base
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.urls import path

from zahlmeister.office import recovery_codes as codes
from zahlmeister.office import second_factor, sessions
from zahlmeister.office.session_ages import renews

urlpatterns = [
    path("sign-in/", sessions.SignIn.as_view(), name="account_login"),
    path("sign-out/", sessions.SignOut.as_view(), name="account_logout"),
    path("sign-in/code/", second_factor.Authenticate.as_view(), name="mfa_authenticate"),
    path("sign-in/key/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/again/", renews(reauthenticate), name="account_reauthenticate"),
    path("sign-in/again/code/", renews(base.reauthenticate), name="mfa_reauthenticate"),
    path("sign-in/again/key/", renews(keys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("me/second-factor/", base.index, name="mfa_index"),
    path("me/second-factor/app/", codes.AddApp.as_view(), name="mfa_activate_totp"),
    path("me/second-factor/app/off", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("me/second-factor/codes/", codes.recovery_codes, name="mfa_generate_recovery_codes"),
    path("me/second-factor/keys/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("me/second-factor/keys/new", codes.AddKey.as_view(), name="mfa_add_webauthn"),
    path("me/second-factor/keys/<int:pk>/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path("me/second-factor/keys/<int:pk>/remove", keys.remove_webauthn, name="mfa_remove_webauthn"),
]
