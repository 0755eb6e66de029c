"""IT staff look after it: flows, traces, dead letters, replay and the ledger."""
