"""HL7 v2 as it is written: frames, segments, text, times, acknowledgments, batches, and a client that sends it."""
