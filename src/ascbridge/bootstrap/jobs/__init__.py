"""What runs beside the services, each a loop of its own: alerts, ledger hours, retention, nudges, paces, and so on."""
