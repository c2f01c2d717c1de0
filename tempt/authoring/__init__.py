"""For who writes scenarios: a folder to begin with, and whether it keeps the contract."""
