"""A provider of models on this machine: real wire formats, scripted policies, faults on demand."""

from tempt.fake.answers import ChatReasoning, Manner
from tempt.fake.faults import Fault
from tempt.fake.server import FakeProvider, Received

__all__ = ["ChatReasoning", "FakeProvider", "Fault", "Manner", "Received"]
