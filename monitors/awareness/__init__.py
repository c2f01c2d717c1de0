"""Whether an agent believes that it is being tested."""
