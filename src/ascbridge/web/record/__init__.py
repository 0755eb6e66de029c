"""Pages and interfaces of one person's record."""
