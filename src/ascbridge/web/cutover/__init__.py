"""Pages and interfaces of the change of the case system."""
