"""A shell text as a flat list of simple commands and what they do; nothing is run."""

from tempt.monitors.shell.model import CHANGES, Act, Effect, ParsedCommand, SimpleCommand
from tempt.monitors.shell.reader import read_shell

__all__ = ["CHANGES", "Act", "Effect", "ParsedCommand", "SimpleCommand", "read_shell"]
