"""The time machine: what was kept is derived again beside, compared by meaning, and put in force or not."""
