"""What an agent says against what it did, and what it thinks against both."""
