"""Boards: outcomes ranked, and written as markdown, LaTeX, CSV, JSON or HTML."""
