"""What a sentence says, without a model: its words, its clauses, and how they are meant."""
