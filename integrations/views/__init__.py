"""Pages of what exists and what comes in."""
