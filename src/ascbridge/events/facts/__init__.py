"""What can be said: the catalogue of event types, and the shape of the fact that each carries."""
