"""How well monitors do: per source, at the operating points that matter, confounds beside."""
