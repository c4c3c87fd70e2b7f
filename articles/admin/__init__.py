"""The records of the desk in the admin."""

from articles.admin import accounts, article, records

__all__ = ["accounts", "article", "records"]
