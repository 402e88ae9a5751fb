"""What several of the plugins beside this one need; it offers nothing itself."""
