"""Routes of connectors, for people."""

from django.urls import path

from integrations.views import connectors

app_name = "integrations"
urlpatterns = [
    path("connectors/", connectors.connectors, name="connectors"),
    path("connectors/<slug:name>/", connectors.connector, name="connector"),
]
