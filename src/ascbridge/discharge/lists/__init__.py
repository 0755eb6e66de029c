"""What the lists show and count: the worklist, boards, what changed today, one task with its story, the handover."""
