"""Our own PostgreSQL and Valkey from wheels, for demo and tests. Nothing here imports Django."""
