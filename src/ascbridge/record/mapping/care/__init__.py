"""What the council says of a person's care, one resource a module, each of which declares itself as `MAPPING`."""
