"""Which address leads to which page of the customer centre; the merchant's name stands in front."""

from django.urls import path

from zahlmeister.portal.centre import access, accounts, at_provider, automatic, paying, paying_back, signing_in

app_name = "centre"
urlpatterns = [
    path("<slug:slug>/", accounts.home, name="home"),
    path("<slug:slug>/sign-in/", signing_in.ask, name="sign-in"),
    path("<slug:slug>/sign-in/password", access.by_password, name="password"),
    path("<slug:slug>/access/", access.access, name="access"),
    path("<slug:slug>/access/sessions", access.end_sessions, name="sessions"),
    path("<slug:slug>/in/<str:token>", signing_in.use_link, name="link"),
    path("<slug:slug>/sign-out", signing_in.leave, name="sign-out"),
    path("<slug:slug>/look.css", signing_in.look, name="look"),
    path("<slug:slug>/logo", signing_in.logo, name="logo"),
    path("<slug:slug>/accounts/<int:account_id>/", accounts.account, name="account"),
    path("<slug:slug>/accounts/<int:account_id>/entries/", accounts.entries, name="entries"),
    path("<slug:slug>/accounts/<int:account_id>/statement.pdf", accounts.statement_pdf, name="statement"),
    path("<slug:slug>/accounts/<int:account_id>/surplus", paying.surplus, name="surplus"),
    path("<slug:slug>/accounts/<int:account_id>/pay/", paying.pay, name="pay"),
    path("<slug:slug>/accounts/<int:account_id>/top-up/", paying.top_up, name="top-up"),
    path("<slug:slug>/accounts/<int:account_id>/automatic/", automatic.automatic, name="automatic"),
    path("<slug:slug>/accounts/<int:account_id>/pay-back/", paying_back.pay_back, name="pay-back"),
    path("<slug:slug>/accounts/<int:account_id>/paid/<str:key>/", paying.receipt, name="receipt"),
    path("<slug:slug>/accounts/<int:account_id>/back/<str:reference>/", at_provider.back, name="back"),
    path("<slug:slug>/accounts/<int:account_id>/back/<str:reference>/state", at_provider.state, name="back-state"),
    path("<slug:slug>/entries/<int:entry_id>/confirmation.pdf", accounts.confirmation_pdf, name="confirmation"),
    path("<slug:slug>/transfers/<int:transfer_id>/", paying.transfer, name="transfer"),
    path("<slug:slug>/transfers/<int:transfer_id>/state", paying.transfer_state, name="transfer-state"),
    path("<slug:slug>/transfers/<int:transfer_id>/slip.pdf", paying.slip, name="slip"),
    path("<slug:slug>/transfers/<int:transfer_id>/withdraw", paying.withdraw_transfer, name="withdraw"),
]
