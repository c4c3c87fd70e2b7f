"""The desk: articles as files and as records, and the acts between the two."""
