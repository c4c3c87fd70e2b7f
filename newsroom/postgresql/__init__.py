"""The engine for PostgreSQL: Django's, with statements that the server parses and plans once a connection."""
