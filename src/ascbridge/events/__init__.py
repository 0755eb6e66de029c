"""It becomes an event: the words, the log that carries them, and delivery that loses and doubles nothing."""
