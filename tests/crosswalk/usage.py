"""A contract of a later workflow, whose messages name reference entities of every kind by local codes."""

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from integrations.catalogue import contracts, inventory
from integrations.catalogue.code_kinds import code_kinds
from tests.build.claims import event
from tracing import called

# Kind -> field: codes of the facility's own, but for the provider's, which a register gives out.
FIELDS = {kind.name: f"its_{kind.name}" for kind in code_kinds().values() if kind.is_entity}
AUTHORITIES = {"provider": "npi"}
TEXT = {"type": "string", "maxLength": 80, "purpose": "Says which one it is"}


def declare(folder: Path) -> None:
    """Write the contract into a customer's folder."""
    declared: dict[str, Any] = {
        "name": "usage.recorded",
        "version": 1,
        "title": "Usage recorded",
        "data_class": "business",
        "schema": {
            "type": "object",
            "properties": {
                "charge_no": TEXT,
                "amount": TEXT,
                **{name: dict(TEXT) for name in FIELDS.values()},
            },
        },
        "keys": [{"kind": "charge", "value": "{charge_no}", "issuer": "{issuer}"}],
        "fact": {"amount": "amount", "basis": "gross"},
        "codes": {
            name: {"kind": kind} | ({"authority": AUTHORITIES[kind]} if kind in AUTHORITIES else {})
            for kind, name in FIELDS.items()
        },
        "effects": [{"workflow": "charge", "step": "captured", "effect": "completes", "instance": "charge"}],
    }
    (folder / "usage.recorded.yaml").write_text(yaml.safe_dump(declared))


def forget() -> None:
    """Read the contracts anew."""
    contracts.contracts.cache_clear()
    inventory.entries.cache_clear()
    called.classes.cache_clear()


def used(charge_no: str, at: datetime, **codes: str) -> dict[str, Any]:
    """A usage worth 500 that names what it is about by these codes, each under its kind."""
    data = {
        "charge_no": charge_no,
        "amount": "500.00",
        **{FIELDS[kind]: said for kind, said in codes.items()},
    }
    said = event("usage.recorded", data, at)
    return said | {"id": f"{said['id']}-{charge_no}"}
