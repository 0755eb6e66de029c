"""Where things are kept: engines, transactions, migrations and every table on one page."""
