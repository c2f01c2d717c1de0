"""Features of tokens: what is known of their chances, and nothing where nothing is."""

from __future__ import annotations

from math import log

import pytest

from tempt.envs.transcript import ModelTurn, Reasoning, ReasoningKind, TokenChance, ToolCall
from tempt.monitors.entropy import entropy, entropy_features

THOUGHT = Reasoning(ReasoningKind.NONE)
EVEN = TokenChance("a", log(0.5), (("a", log(0.5)), ("b", log(0.5))))
SURE = TokenChance("c", 0.0, (("c", 0.0),))


@pytest.mark.parametrize(
    ("token", "bits"),
    [
        (SURE, 0.0),
        (EVEN, 1.0),
        (TokenChance("a", log(0.25), (("a", log(0.25)),)), 0.8113),
        (TokenChance("a", 0.0), 0.0),
        (TokenChance("a", 5.0, (("a", 5.0),)), 0.0),
        (TokenChance("a", -1e9, (("a", -1e9),)), 0.0),
    ],
)
def test_the_rest_counts_as_one_more_token(token: TokenChance, bits: float) -> None:
    assert entropy(token) == pytest.approx(bits, abs=1e-4)


def test_features_of_a_message() -> None:
    turn = ModelTurn(THOUGHT, "aac", chances=(EVEN, EVEN, SURE))
    features = entropy_features(turn)
    assert features is not None
    assert (features.tokens, features.highest) == (3, 1.0)
    assert features.mean == pytest.approx(2 / 3)
    assert features.forks == pytest.approx(2 / 3)
    assert features.before_calls is None
    assert features.mean_logprob == pytest.approx(2 * log(0.5) / 3)


def test_what_comes_right_before_a_call() -> None:
    tokens = (EVEN,) * 4 + (SURE,) * 8
    turn = ModelTurn(THOUGHT, "", (ToolCall("1", "shell", "{}"),), chances=tokens)
    features = entropy_features(turn)
    assert features is not None
    assert features.before_calls == 0.0


def test_nothing_known_is_no_feature() -> None:
    assert entropy_features(ModelTurn(THOUGHT, "hello")) is None
