"""What two case systems are heard for, their ids, reference lists, and a change rehearsed on a copy."""
