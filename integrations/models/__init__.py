"""Tables of what exists and what comes in."""

from integrations.models.connector import Connector, Credential, RateBucket
from integrations.models.crosswalk import CodeMeaning, LocalCode
from integrations.models.facility import Facility, FacilityAlias, FacilityKind
from integrations.models.inbox import (
    ConnectorActivity,
    ConnectorCount,
    Heartbeat,
    IdempotencyKey,
    Inbox,
    InboxParked,
)
from integrations.models.place import (
    BEGINNING,
    Place,
    PlaceEdge,
    PlaceKind,
    PlaceName,
    PlaceNameAhead,
    PlaceReach,
)
from integrations.models.reference import ReferenceEntity, ReferenceVersion
from integrations.models.register import Interface, RegisterChange, RegisterPlan, System
from integrations.models.retention import LegalHold, PurgeRun, RetentionLook
from integrations.models.seen import Dismissal, SeenHour, SeenName, Sighting

__all__ = [
    "BEGINNING",
    "CodeMeaning",
    "Connector",
    "ConnectorActivity",
    "ConnectorCount",
    "Credential",
    "Dismissal",
    "Facility",
    "FacilityAlias",
    "FacilityKind",
    "Heartbeat",
    "IdempotencyKey",
    "Inbox",
    "InboxParked",
    "Interface",
    "LegalHold",
    "LocalCode",
    "Place",
    "PlaceEdge",
    "PlaceKind",
    "PlaceName",
    "PlaceNameAhead",
    "PlaceReach",
    "PurgeRun",
    "RateBucket",
    "ReferenceEntity",
    "ReferenceVersion",
    "RegisterChange",
    "RegisterPlan",
    "RetentionLook",
    "SeenHour",
    "SeenName",
    "Sighting",
    "System",
]
