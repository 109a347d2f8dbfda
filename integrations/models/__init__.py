"""Tables of what exists and what comes in."""

from integrations.models.connector import Connector, Credential, RateBucket
from integrations.models.facility import Facility, FacilityAlias
from integrations.models.inbox import (
    ConnectorActivity,
    ConnectorCount,
    Heartbeat,
    IdempotencyKey,
    Inbox,
    InboxParked,
)

__all__ = [
    "Connector",
    "ConnectorActivity",
    "ConnectorCount",
    "Credential",
    "Facility",
    "FacilityAlias",
    "Heartbeat",
    "IdempotencyKey",
    "Inbox",
    "InboxParked",
    "RateBucket",
]
