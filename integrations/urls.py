"""Routes of connectors, the register and reference data, for people."""

from django.urls import path

from integrations.views import (
    connectors,
    holds,
    inventory,
    place_edit,
    places,
    reference,
    reference_edit,
    reference_import,
    register,
    register_edit,
    register_import,
    retention,
    worklist,
)
from integrations.views.importing import routes

app_name = "integrations"
urlpatterns = [
    path("catalogue/inventory/", inventory.inventory, name="inventory"),
    path("catalogue/inventory/export/", inventory.export, name="inventory-export"),
    path("catalogue/retention/", retention.page, name="retention"),
    path("catalogue/retention/holds/", holds.place, name="hold-place"),
    path("catalogue/retention/holds/<int:hold_id>/ask/", holds.ask, name="hold-ask"),
    path("catalogue/retention/holds/<int:hold_id>/lift/", holds.lift, name="hold-lift"),
    path("connectors/", connectors.connectors, name="connectors"),
    path("connectors/<slug:name>/", connectors.connector, name="connector"),
    path("catalogue/", register.catalogue, name="catalogue"),
    *routes(register_import.PAGES),
    path("catalogue/worklist/", worklist.worklist, name="worklist"),
    path("catalogue/worklist/<str:sort>/<slug:code>/", worklist.proposal, name="proposal"),
    path("catalogue/worklist/<str:sort>/<slug:code>/dismiss/", worklist.dismiss, name="proposal-dismiss"),
    path("catalogue/worklist/<str:sort>/<slug:code>/restore/", worklist.restore, name="proposal-restore"),
    path("catalogue/new/<str:sort>/", register_edit.new, name="catalogue-new"),
    path("catalogue/<str:sort>/<slug:code>/", register.entry, name="catalogue-entry"),
    path("catalogue/<str:sort>/<slug:code>/edit/", register_edit.edit, name="catalogue-edit"),
    path("reference/", reference.reference, name="reference"),
    *routes(reference_import.PAGES),
    path("reference/places/", places.places, name="places"),
    path("reference/places/new/", place_edit.add, name="place-new"),
    path("reference/places/<int:place_id>/", places.place, name="place"),
    path("reference/places/<int:place_id>/<slug:verb>/", place_edit.act, name="place-act"),
    path("reference/<slug:kind>/", reference.kind, name="reference-kind"),
    path("reference/<slug:kind>/new/", reference_edit.new, name="reference-new"),
    path("reference/<slug:kind>/<str:code>/", reference.entity, name="reference-entity"),
    path("reference/<slug:kind>/<str:code>/edit/", reference_edit.edit, name="reference-edit"),
]
