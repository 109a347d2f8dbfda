"""Pure: an audit row as a FHIR R4 AuditEvent (hl7.org/fhir/R4/auditevent.html).

Types come from DICOM (DCM) and the ISO 21089 life cycle, as the value set audit-event-type of 4.0.1 lists
them; subtypes from DICOM alone, because audit-event-sub-type has none of ISO 21089. An act without an entry
is an application activity.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from observability.accounts.audit import Act
from observability.auditing.queries.rows import AuditSeen

Json = dict[str, Any]
DCM = "http://dicom.nema.org/resources/ontology/DCM"
LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
TERMS = "http://terminology.hl7.org/CodeSystem/"
CODES: Mapping[str, tuple[str, str]] = {
    "110100": (DCM, "Application Activity"),
    "110101": (DCM, "Audit Log Used"),
    "110106": (DCM, "Export"),
    "110112": (DCM, "Query"),
    "110113": (DCM, "Security Alert"),
    "110114": (DCM, "User Authentication"),
    "110122": (DCM, "Login"),
    "110123": (DCM, "Logout"),
    "110127": (DCM, "Emergency Override Started"),
    "110129": (DCM, "Security Configuration"),
    "110131": (DCM, "Software Configuration"),
    "110132": (DCM, "Use of Restricted Function"),
    "110136": (DCM, "Security Roles Changed"),
    "110137": (DCM, "User security Attributes Changed"),
    "110138": (DCM, "Emergency Override Stopped"),
    "access": (LIFECYCLE, "Access/View Record Lifecycle Event"),
    "amend": (LIFECYCLE, "Amend (Update) Record Lifecycle Event"),
    "hold": (LIFECYCLE, "Add Legal Hold Record Lifecycle Event"),
    "unhold": (LIFECYCLE, "Remove Legal Hold Record Lifecycle Event"),
    "destroy": (LIFECYCLE, "Destroy/Delete Record Lifecycle Event"),
    "reidentify": (LIFECYCLE, "Re-identify Record Lifecycle Event"),
    "merge": (LIFECYCLE, "Merge Record Lifecycle Event"),
    "unmerge": (LIFECYCLE, "Unmerge Record Lifecycle Event"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of event an act is: type, action (C, R, U, D, E) and, where there is one, subtype."""

    type: str
    action: str
    subtype: str = ""


OTHER = Kind("110100", "E")
KINDS: Mapping[str, Kind] = {
    Act.SIGNED_IN: Kind("110114", "E", "110122"),
    Act.SIGN_IN_FAILED: Kind("110114", "E", "110122"),
    Act.SIGN_IN_BLOCKED: Kind("110114", "E", "110122"),
    Act.SIGNED_OUT: Kind("110114", "E", "110123"),
    Act.SESSION_ENDED: Kind("110114", "E", "110123"),
    Act.PASSWORD_ACCEPTED: Kind("110114", "E", "110122"),
    Act.IDENTITY_ACCEPTED: Kind("110114", "E", "110122"),
    Act.IDENTITY_CONFIRMED: Kind("110114", "E"),
    Act.FACTOR_ADDED: Kind("110113", "C", "110137"),
    Act.FACTOR_REMOVED: Kind("110113", "D", "110137"),
    Act.FACTORS_RESET: Kind("110113", "D", "110137"),
    Act.PERSON_ADDED: Kind("110113", "C", "110137"),
    Act.PERSON_SWITCHED_OFF: Kind("110113", "U", "110137"),
    Act.PERSON_SWITCHED_ON: Kind("110113", "U", "110137"),
    Act.DEPARTMENT_PROTECTED: Kind("110113", "C", "110136"),
    Act.DEPARTMENT_UNPROTECTED: Kind("110113", "D", "110136"),
    Act.VIEWING_BEGUN: Kind("110113", "E", "110132"),
    Act.VIEWING_ENDED: Kind("110113", "E", "110132"),
    Act.ACCESS_EXPLAINED: Kind("110113", "R", "110136"),
    Act.IDENTITY_LINKED: Kind("110113", "C", "110137"),
    Act.IDENTITY_UNLINKED: Kind("110113", "D", "110137"),
    Act.GROUP_RULES_CHANGED: Kind("110113", "U", "110136"),
    Act.DISPLAY_MADE: Kind("110113", "C", "110129"),
    Act.DISPLAY_STARTED: Kind("110113", "E", "110129"),
    Act.DISPLAY_ENDED: Kind("110113", "D", "110129"),
    Act.MEASURE_EXPORTED: Kind("110106", "R"),
    Act.REFERENCE_EXPORTED: Kind("110106", "R"),
    Act.REFERENCE_CHANGED: Kind("110113", "U", "110131"),
    Act.CODE_MAPPED: Kind("110113", "U", "110131"),
    Act.ROWS_MOVED: Kind("amend", "U"),
    Act.HOLD_PLACED: Kind("hold", "U"),
    Act.HOLD_LIFT_ASKED: Kind("hold", "U"),
    Act.HOLD_LIFTED: Kind("unhold", "U"),
    Act.PURGED: Kind("destroy", "D"),
    Act.DAY_DROPPED: Kind("destroy", "D"),
    Act.WORDS_ERASED: Kind("destroy", "D"),
    Act.PASSWORD_CHANGED: Kind("110113", "U", "110137"),
    Act.REVEALED: Kind("reidentify", "R"),
    Act.KEYS_RENAMED: Kind("merge", "U"),
    Act.KEYS_RESTORED: Kind("unmerge", "U"),
    Act.TRANSACTION_VIEWED: Kind("access", "R"),
    Act.TRANSACTIONS_LISTED: Kind("access", "R"),
    Act.SEARCHED: Kind("110112", "E"),
    Act.DENIED: Kind("110113", "E", "110132"),
    Act.INVENTORY_EXPORTED: Kind("110106", "R"),
    Act.ACCESS_EXPORTED: Kind("110106", "R"),
    Act.CATALOGUE_EXPORTED: Kind("110106", "R"),
    Act.AUDIT_VIEWED: Kind("110101", "R"),
    Act.AUDIT_EXPORTED: Kind("110101", "R"),
    Act.CONNECTOR_CREATED: Kind("110113", "C", "110129"),
    Act.CREDENTIAL_ISSUED: Kind("110113", "C", "110129"),
    Act.CREDENTIAL_REVOKED: Kind("110113", "D", "110129"),
    Act.CREDENTIAL_QUARANTINED: Kind("110113", "U", "110129"),
    Act.IDS_REKEYED: Kind("110113", "U", "110129"),
    Act.SEAL_KEY_ADDED: Kind("110113", "C", "110129"),
    Act.SEAL_KEY_DROPPED: Kind("110113", "D", "110129"),
    Act.GRANTED: Kind("110113", "C", "110136"),
    Act.GRANT_ENDED: Kind("110113", "D", "110136"),
    Act.GRANT_REVIEWED: Kind("110113", "R", "110136"),
    Act.GLASS_OPENED: Kind("110113", "E", "110127"),
    Act.GLASS_VIEWED: Kind("access", "R"),
    Act.GLASS_ENDED: Kind("110113", "E", "110138"),
    Act.GLASS_ACKNOWLEDGED: Kind("110113", "U"),
    Act.PLACE_MADE: Kind("110113", "C", "110131"),
    Act.PLACE_MOVED: Kind("110113", "U", "110131"),
    Act.PLACE_RENAMED: Kind("110113", "U", "110131"),
    Act.PLACE_ENDED: Kind("110113", "U", "110131"),
    Act.PLACE_OWNED: Kind("110113", "U", "110131"),
    Act.CATALOGUE_CHANGED: Kind("110113", "U", "110131"),
    Act.PROPOSAL_DISMISSED: Kind("110113", "U", "110131"),
    Act.PROPOSAL_RESTORED: Kind("110113", "U", "110131"),
}
OUTCOMES = {"done": "0", "refused": "4"}  # success; minor failure, as an HTTP 4xx
IN_EMERGENCY = {Act.GLASS_OPENED, Act.GLASS_VIEWED, Act.GLASS_ENDED}
# The code system object-role; whatever is not here is a domain resource.
ROLES = {
    "user": ("11", "Security User Entity"),
    "grant": ("11", "Security User Entity"),
    "session": ("11", "Security User Entity"),
    "connector": ("13", "Security Resource"),
    "seal_key": ("13", "Security Resource"),
    "audit": ("13", "Security Resource"),
    "audit_row": ("13", "Security Resource"),
    "page": ("3", "Report"),
    "search": ("24", "Query"),
}


def audit_event(row: AuditSeen, *, installation: str) -> Json:
    """Return a row as an AuditEvent; `installation` is its address, under which its ids are unique."""
    kind = KINDS.get(row.act, OTHER)
    return _filled(
        resourceType="AuditEvent",
        id=str(row.seq),
        type=_coded(kind.type),
        subtype=[_coded(kind.subtype)] if kind.subtype else None,
        action=kind.action,
        recorded=row.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        outcome=OUTCOMES[row.outcome],
        outcomeDesc="refused" if row.outcome == "refused" else None,
        agent=[_agent(row, installation)],
        source={
            "observer": _reference("installation", installation, installation, display="Throughline"),
            "type": [_coding(f"{TERMS}security-source-type", "4", "Application Server")],
        },
        entity=[_entity(row, installation)],
    )


def _agent(row: AuditSeen, installation: str) -> Json:
    person = row.user_id is not None
    human = _coding(f"{TERMS}extra-security-role-type", "humanuser", "human user")
    said = {"text": row.reason} if row.reason else {}
    if row.act in IN_EMERGENCY:
        said["coding"] = [_coding(f"{TERMS}v3-ActReason", "BTG", "break the glass")]  # type: ignore[assignment]
    return _filled(
        type={"coding": [human if person else _coding(DCM, "110150", "Application")]},
        role=[{"text": role} for role in row.role.split(", ")] if row.role else None,
        who=_reference("user" if person else row.actor_type, row.actor or row.actor_type, installation),
        name=row.name,
        requestor=True,
        network={"address": row.source_ip, "type": "2"} if row.source_ip else None,
        purposeOfUse=[said] if said else None,
    )


def _entity(row: AuditSeen, installation: str) -> Json:
    """What it was about, and where the row stands in the chain, so that an export can be held against it."""
    changes = row.changes if isinstance(row.changes, dict) else {}
    details = {
        "act": row.act,
        "request": row.request_id,
        **changes,
        "chain-row": row.seq,
        "chain-hash": row.hash,
    }
    return _filled(
        what=_reference(row.object_type, row.object_id, installation) if row.object_id else None,
        type=_coding(f"{TERMS}audit-entity-type", "2", "System Object"),
        role=_coding(f"{TERMS}object-role", *ROLES.get(row.object_type, ("4", "Domain Resource"))),
        name=row.object_type,
        detail=[
            {"type": str(name), "valueString": str(value)} for name, value in details.items() if str(value)
        ],
    )


def _reference(sort: str, id: str, installation: str, *, display: str = "") -> Json:
    return _filled(identifier={"system": f"{installation}/ids/{sort}", "value": id}, display=display or None)


def _coded(code: str) -> Json:
    system, display = CODES[code]
    return _coding(system, code, display)


def _coding(system: str, code: str, display: str) -> Json:
    return {"system": system, "code": code, "display": display}


def _filled(**fields: Any) -> Json:
    """Return the elements that have a value: FHIR knows no empty ones."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}
