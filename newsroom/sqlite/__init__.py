"""The engine for SQLite: Django's, with a fair wait for the one writer's turn."""
