"""Which address of the office shows which page."""

from django.urls import URLPattern

app_name = "office"
urlpatterns: list[URLPattern] = []
