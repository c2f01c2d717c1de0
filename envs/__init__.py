"""The Gymnasium environment, the scenario contract, the supervisor and its ledger."""
