"""Second factors: what somebody proves besides a password."""
