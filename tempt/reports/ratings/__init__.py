"""What people think of episodes, asked blindly, and how far they and the oracle agree."""
