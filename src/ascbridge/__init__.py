"""Carries hospital messages into a shared care record and a Discharge to Assess worklist."""

__version__ = "0.1.0"
