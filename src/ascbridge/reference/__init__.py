"""Lists that people agree on and that change by date: teams, hours, days, places, providers, due times, reasons."""
