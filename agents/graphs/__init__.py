"""Agents that are LangGraph graphs."""
