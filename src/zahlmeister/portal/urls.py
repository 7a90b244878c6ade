"""Which address leads to which of the buyer's pages."""

from django.urls import path

from zahlmeister.portal import pay

app_name = "portal"
urlpatterns = [
    path("<str:token>", pay.page, name="pay"),
    path("<str:token>/state", pay.state, name="state"),
    path("<str:token>/slip.pdf", pay.slip, name="slip"),
    path("<str:token>/look.css", pay.look, name="look"),
    path("<str:token>/logo", pay.logo, name="logo"),
]
