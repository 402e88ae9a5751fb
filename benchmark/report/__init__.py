"""Boards: outcomes ranked, and written as markdown, CSV or JSON."""
