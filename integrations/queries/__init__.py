"""Reading what exists and what comes in."""
