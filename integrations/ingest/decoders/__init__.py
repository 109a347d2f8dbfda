"""Pure: from bytes on the wire to one shape per signal. Nothing here imports Django."""
