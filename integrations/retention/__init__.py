"""What goes when its time is up, and what may not go although it is."""
