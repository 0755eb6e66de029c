"""Mending what did not go through: a changed message, a mapped code, dead letters sent again; each foreseen first."""
