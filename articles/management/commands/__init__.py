"""The commands of `manage.py`, one file each: arguments in, one call, a report out."""
