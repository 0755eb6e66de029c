"""Pages and interfaces of the discharge desk: its list, boards, tasks, acts, split-off work and information pack."""
