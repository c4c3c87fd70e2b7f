"""The Django project: settings, addresses, the way in for a server. What it is about lives in `articles`."""
