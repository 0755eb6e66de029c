"""What proves that nothing was lost: the ledger and its hours, chained; and the audit of who saw what."""
