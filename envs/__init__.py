"""The Gymnasium environment, the scenario contract, the supervisor, the ledger and its judgement."""
