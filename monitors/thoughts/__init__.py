"""Intents in the chain of thought, found without a model."""
