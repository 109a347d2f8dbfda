"""Routes of transactions, and of the codes that keep them from where they belong."""

from django.urls import path

from integrations.views.importing import routes
from tracing.views import crosswalk, crosswalk_import, detail, listing, mapping, renaming, search, unmapped

app_name = "tracing"
urlpatterns = [
    path("reference/unmapped/", unmapped.worklist, name="unmapped"),
    path("reference/crosswalk/", crosswalk.codes, name="crosswalk"),
    *routes(crosswalk_import.PAGES),
    path("reference/crosswalk/<int:code_id>/", crosswalk.code, name="crosswalk-code"),
    path("reference/crosswalk/<int:code_id>/change/", mapping.change, name="crosswalk-change"),
    path("transactions/", listing.transactions, name="transactions"),
    path("transactions/search/", search.search, name="search"),
    path("transactions/<uuid:transaction_id>/", detail.transaction, name="transaction"),
    path("transactions/<uuid:transaction_id>/reveal/", detail.reveal, name="reveal"),
    path("transactions/<uuid:transaction_id>/merge/", renaming.merge, name="merge"),
    path("transactions/<uuid:transaction_id>/restore/<uuid:event_id>/", renaming.restore, name="restore"),
]
