"""Reading queries over audit rows."""
