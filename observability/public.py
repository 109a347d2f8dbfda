"""The doors that open without signing in, each with its reason; every other URL requires a permission."""

PUBLIC: dict[str, str] = {
    "accounts:sign-in": "how somebody comes to be signed in",
    "accounts:oidc": "leads to the organisation's own sign-in",
    "accounts:oidc-answer": "where that sends people back; it checks what they bring",
    "accounts:sign-out": "ends a session; without one it does nothing",
    "accounts:account": "somebody decides about themselves, whatever their role; else leads to signing in",
    "accounts:end-sessions": "the same: ends sessions of who asks, and nobody else's",
    "accounts:end-viewing": "ends one's own seeing as somebody else, whatever that person may open",
    "accounts:open-display": "its link, which works once, makes a browser a wall display",
    "accounts:display-over": "tells a wall display that it is over",
    "accounts:second-factor": "the second step of signing in; without the first it leads to the first",
    "accounts:enrol": "somebody adds their own second factor, whatever their role; else leads to signing in",
    "accounts:add-app": "the same",
    "accounts:add-key": "the same",
    "accounts:oidc-again": "the same, with the organisation's own sign-in; it asks for who is signed in",
    "accounts:recovery-codes": "the same",
    "accounts:remove-factor": "somebody removes their own second factor; else leads to signing in",
    "livez": "a supervisor asks whether the process runs",
    "readyz": "a load balancer asks whether to send traffic",
}

# Opened by a connector's key, which the view itself checks; a person's session opens none of them.
CONNECTOR: dict[str, str] = {
    "otlp": "OpenTelemetry SDKs and Collectors post spans, metrics and logs",
    "events": "connectors post business events",
    "heartbeats": "connectors say that they live",
    "receipt": "a connector asks what became of its own request",
}

PUBLIC |= CONNECTOR

# All that somebody signed in finds as long as they owe a second factor.
OWING = frozenset(
    {
        "accounts:sign-in",
        "accounts:sign-out",
        "accounts:second-factor",
        "accounts:enrol",
        "accounts:add-app",
        "accounts:add-key",
        "accounts:oidc-again",
        "accounts:oidc-answer",
        "livez",
        "readyz",
        *CONNECTOR,
    }
)
