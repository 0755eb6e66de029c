"""People see it: the worklist, the record, operations, and the addresses other systems call."""
