"""Pages and interfaces of reference data."""
