"""What a sentence says, without a model: words, clauses, who does what, and whether it is denied."""
