"""Who has to do with whom: what lets a reader open a record, and what happens where nothing does."""
