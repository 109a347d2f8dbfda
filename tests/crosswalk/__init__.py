"""Re-mapping and what follows from it."""
