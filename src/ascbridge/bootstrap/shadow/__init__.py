"""A bridge made again beside the running one: a shadow with other rules, and a switch rehearsed on a copy."""
