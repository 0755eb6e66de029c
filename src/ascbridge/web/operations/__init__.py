"""Pages and interfaces for who keeps it running and who answers for it: flows, faults, replies, audit."""
