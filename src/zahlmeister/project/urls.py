"""Which address leads to which door."""

from django.urls import include, path

from zahlmeister.portal import refund
from zahlmeister.portal.review import review
from zahlmeister.portal.stop import unsubscribe
from zahlmeister.project import signs

urlpatterns = [
    path("health", signs.health, name="health"),
    path("ready", signs.ready, name="ready"),
    path("metrics", signs.metrics, name="metrics"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("review/<str:token>", review, name="credit-review"),
    path("unsubscribe/<str:token>", unsubscribe, name="unsubscribe"),
    path("pay/", include("zahlmeister.portal.urls")),
    path("refund/<str:token>", refund.page, name="refund"),
    path("refund/<str:token>/look.css", refund.look, name="refund-look"),
    path("refund/<str:token>/logo", refund.logo, name="refund-logo"),
    path("centre/", include("zahlmeister.portal.centre.urls")),
    path("api/", include("zahlmeister.api.urls")),
    path("", include("zahlmeister.office.access_urls")),
    path("", include("zahlmeister.office.urls")),
]
