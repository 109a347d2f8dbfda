"""Routes of connectors and of the register, for people."""

from django.urls import path

from integrations.views import connectors, inventory, register, register_edit, register_import

app_name = "integrations"
urlpatterns = [
    path("catalogue/inventory/", inventory.inventory, name="inventory"),
    path("catalogue/inventory/export/", inventory.export, name="inventory-export"),
    path("connectors/", connectors.connectors, name="connectors"),
    path("connectors/<slug:name>/", connectors.connector, name="connector"),
    path("catalogue/", register.catalogue, name="catalogue"),
    path("catalogue/export/<str:form>/", register_import.export, name="catalogue-export"),
    path("catalogue/import/", register_import.upload, name="catalogue-import"),
    path("catalogue/import/<uuid:plan_id>/", register_import.plan, name="catalogue-plan"),
    path("catalogue/import/<uuid:plan_id>/apply/", register_import.apply, name="catalogue-apply"),
    path("catalogue/new/<str:sort>/", register_edit.new, name="catalogue-new"),
    path("catalogue/<str:sort>/<slug:code>/", register.entry, name="catalogue-entry"),
    path("catalogue/<str:sort>/<slug:code>/edit/", register_edit.edit, name="catalogue-edit"),
]
