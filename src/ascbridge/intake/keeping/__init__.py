"""The door: what comes in is judged, given keys, kept, counted and answered; and forgotten in its time."""
