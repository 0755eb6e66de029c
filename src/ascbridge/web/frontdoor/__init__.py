"""Pages and interfaces of the front door: its list, its tasks, and how long people wait."""
