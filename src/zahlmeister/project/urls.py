"""Which address leads to which door."""

from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("pay/", include("zahlmeister.portal.urls")),
    path("api/", include("zahlmeister.api.urls")),
    path("", include("zahlmeister.office.urls")),
]
