"""Routes of connectors, for people."""

from django.urls import path

from integrations.views import connectors, inventory

app_name = "integrations"
urlpatterns = [
    path("catalogue/inventory/", inventory.inventory, name="inventory"),
    path("catalogue/inventory/export/", inventory.export, name="inventory-export"),
    path("connectors/", connectors.connectors, name="connectors"),
    path("connectors/<slug:name>/", connectors.connector, name="connector"),
]
