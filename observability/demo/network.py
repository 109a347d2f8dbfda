"""The health system of the demonstration: its facilities, payers and interfaces. All of it is made up.

Provider numbers begin with 9 and payer identifiers are words, so that none can be a real one.
"""

from dataclasses import dataclass
from typing import Final

NAME: Final = "Cedarline Health"


@dataclass(frozen=True, slots=True)
class Place:
    """A facility. `visits` are those of a working day; `departments` are with their share of them."""

    number: int  # the digit that its visits' numbers begin with
    code: str
    name: str
    kind: str
    zone: str
    npi: str
    visits: int
    inpatient: float  # share of visits that are stays
    departments: tuple[tuple[str, float], ...]
    writes_files: bool = False  # its claims travel as X12 files that our adapter reads

    @property
    def issuer(self) -> str:
        """Who numbers its claims."""
        return f"npi:{self.npi}"


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer: its share of visits, how long it takes, what it pays and what it denies for."""

    code: str
    name: str
    share: float
    days: tuple[int, int]  # from receipt to remittance, fastest and slowest
    contract: tuple[float, float]  # share of the charge that the contract takes off
    patient: float  # share of the allowed amount left to the patient, at most
    denies: float  # share of claims denied as a whole
    covers_second: bool = False  # often followed by a second payer


HOSPITAL: Final = (
    ("Emergency", 0.26), ("Medicine", 0.20), ("Imaging", 0.18),
    ("Surgery", 0.14), ("Cardiology", 0.12), ("Laboratory", 0.10),
)  # fmt: skip
COMMUNITY: Final = (("Emergency", 0.34), ("Medicine", 0.26), ("Imaging", 0.24), ("Laboratory", 0.16))
OUTPATIENT: Final = (("Surgery", 0.52), ("Imaging", 0.30), ("Cardiology", 0.18))
CLINIC: Final = (("Primary care", 0.62), ("Laboratory", 0.24), ("Cardiology", 0.14))

CENTRAL, PACIFIC = "America/Chicago", "America/Los_Angeles"
PLACES: Final = (
    Place(1, "LAKE", "Lakeshore Medical Center", "hospital", CENTRAL, "9000000101", 130, 0.36, HOSPITAL),
    Place(2, "MILL", "Millbrook Hospital", "hospital", "America/New_York", "9000000202", 98, 0.30, COMMUNITY),
    Place(3, "PINE", "Pine Ridge Clinic", "clinic", "America/Denver", "9000000303", 34, 0.0, CLINIC, True),
    Place(4, "RIVER", "Riverbend Hospital", "hospital", CENTRAL, "9000000404", 148, 0.34, HOSPITAL),
    Place(5, "SOUND", "Soundview Surgery", "clinic", PACIFIC, "9000000505", 50, 0.0, OUTPATIENT),
)

NETWORK: Final = ("CEDARLINE", NAME)
REGIONS: Final = (
    ("LAKES", "Lakes region", ("LAKE", "MILL", "RIVER")),
    ("WEST", "Western region", ("PINE", "SOUND")),
)

# What the clinic that joined last still calls departments, payers and the like. Some of it is mapped
# (crosswalk.csv), some by nobody yet: the worklist is never empty.
OWN_WORDS: Final = {
    "SOUND": {
        "department": {"Imaging": "SV-IMG", "Cardiology": "SV-CARD"},
        "payer": {"HARBOR": "HBR-ADV", "UNITED-TRADES": "UTB-01"},
        "plan": {
            "MEDICARE-B": "SVP-1",
            "BLUERIDGE-PPO": "SVP-2",
            "SUMMIT-PPO": "SVP-3",
            "HARBOR-HMO": "SVP-4",
        },
        "cost_centre": {"5030": "SV-220", "5040": "SV-210", "5050": "SV-230"},
    },
}
# And itself, beside its provider number: as its own practice system names it.
OWN_NAMES: Final = {"SOUND": ("soundview", "SVS-01")}

PAYERS: Final = (
    Payer("MEDICARE", "Medicare", 0.29, (14, 15), (0.52, 0.66), 0.20, 0.071, True),
    Payer("MEDICAID", "Medicaid", 0.17, (6, 11), (0.62, 0.74), 0.01, 0.112),
    Payer("BLUERIDGE", "Blue Ridge Health Plan", 0.23, (3, 7), (0.34, 0.46), 0.24, 0.094),
    Payer("SUMMIT", "Summit Mutual", 0.16, (4, 8), (0.36, 0.50), 0.22, 0.098),
    Payer("HARBOR", "Harbor Advantage", 0.11, (5, 9), (0.48, 0.60), 0.18, 0.136),
    Payer("UNITED-TRADES", "United Trades Benefit Fund", 0.04, (7, 14), (0.28, 0.40), 0.16, 0.080),
)
SECOND_PAYER: Final = PAYERS[2]
PLANS: Final = {
    "MEDICARE": "MEDICARE-B", "MEDICAID": "MEDICAID-MCO", "BLUERIDGE": "BLUERIDGE-PPO",
    "SUMMIT": "SUMMIT-PPO", "HARBOR": "HARBOR-HMO", "UNITED-TRADES": "UNITED-TRADES-FUND",
}  # fmt: skip
_CENTRES: Final = ("Emergency", "Medicine", "Imaging", "Surgery", "Cardiology", "Laboratory", "Primary care")

# Who posts. The first three post events, the last OpenTelemetry.
EHR: Final = "ehr"
REVENUE: Final = "revenue-cycle"
CLEARINGHOUSE: Final = "clearinghouse"
ENGINE: Final = "interface-engine"
CONNECTORS: Final = {
    EHR: "EHR: charges and discharges",
    REVENUE: "Revenue cycle: posting, coding, billing",
    CLEARINGHOUSE: "Clearinghouse: claims and answers",
    ENGINE: "Interface engine: OpenTelemetry",
}
# As they name themselves in the X12 they exchange.
SUBMITTER: Final = "CEDARLINE"
RECEIVER: Final = "CLEARWAY"


def cost_centre(place: Place, department: str) -> str:
    """Return where a department's cost is collected."""
    return f"{place.number}0{_CENTRES.index(department) + 1}0"


def charge_interface(place: Place) -> str:
    """Return the name of the flow of charges from a facility's EHR to the revenue cycle system."""
    return f"charges-{place.code.lower()}"
