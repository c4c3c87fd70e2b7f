"""The desk from a shell: what every command has in common, and the commands."""
