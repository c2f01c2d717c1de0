"""Monitors that were fitted to labelled trajectories."""
