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
)

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
    path("catalogue/export/<str:form>/", register_import.export, name="catalogue-export"),
    path("catalogue/import/", register_import.upload, name="catalogue-import"),
    path("catalogue/import/<uuid:plan_id>/", register_import.plan, name="catalogue-plan"),
    path("catalogue/import/<uuid:plan_id>/apply/", register_import.apply, name="catalogue-apply"),
    path("catalogue/new/<str:sort>/", register_edit.new, name="catalogue-new"),
    path("catalogue/<str:sort>/<slug:code>/", register.entry, name="catalogue-entry"),
    path("catalogue/<str:sort>/<slug:code>/edit/", register_edit.edit, name="catalogue-edit"),
    path("reference/", reference.reference, name="reference"),
    path("reference/export/<str:form>/", reference_import.export, name="reference-export"),
    path("reference/import/", reference_import.upload, name="reference-import"),
    path("reference/import/<uuid:plan_id>/", reference_import.plan, name="reference-plan"),
    path("reference/import/<uuid:plan_id>/apply/", reference_import.apply, name="reference-apply"),
    path("reference/places/", places.places, name="places"),
    path("reference/places/new/", place_edit.add, name="place-new"),
    path("reference/places/<int:place_id>/", places.place, name="place"),
    path("reference/places/<int:place_id>/<slug:verb>/", place_edit.act, name="place-act"),
    path("reference/<slug:kind>/", reference.kind, name="reference-kind"),
    path("reference/<slug:kind>/new/", reference_edit.new, name="reference-new"),
    path("reference/<slug:kind>/<str:code>/", reference.entity, name="reference-entity"),
    path("reference/<slug:kind>/<str:code>/edit/", reference_edit.edit, name="reference-edit"),
]
