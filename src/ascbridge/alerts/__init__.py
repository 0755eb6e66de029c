"""Alerts: what is wrong, to whom it is told, who has seen it, and when it was over. Never whom it is about."""
