"""How events reach those who act on them: once, in order, again after a fault, held, or set aside for good."""
