"""Oracles against replay: fuzzed episodes, judged a second time from the state alone.

`grammar` and `scenes` compose episodes, `tape` records and replays what was done to a world,
`checks` says per scenario which outcomes the state allows, written from the scenarios' cards and
worlds by someone who had not read their oracles, and `compare` holds the two against each other.
"""
