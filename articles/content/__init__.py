"""The pure floor: files in, values and problems out, edits back in. Imports no Django, no settings, no clock."""
