"""Addresses that connectors post to."""

from django.urls import path

from integrations.ingest.event_views import events
from integrations.ingest.heartbeat_views import heartbeats
from integrations.ingest.otlp_views import otlp
from integrations.ingest.receipt_views import receipt

urlpatterns = [
    path("v1/<str:signal>", otlp, name="otlp"),
    path("api/v1/events", events, name="events"),
    path("api/v1/heartbeats", heartbeats, name="heartbeats"),
    path("api/v1/receipts/<uuid:receipt_id>", receipt, name="receipt"),
]
