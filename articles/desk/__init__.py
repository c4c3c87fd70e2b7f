"""The desk: the pages where an editor spends the day."""
