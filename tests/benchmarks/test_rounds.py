from __future__ import annotations

from benchmarks.rounds import in_turn


def test_peers_are_measured_in_turn_and_the_warm_up_does_not_count() -> None:
    order: list[str] = []
    values = {"a": iter([100.0, 3.0, 1.0, 2.0]), "b": iter([0.0, 5.0, 5.0, 8.0])}

    def measure(name: str, peer: object) -> dict[str, float]:
        order.append(name)
        return {"train": next(values[name])}

    found = in_turn(dict.fromkeys("ab"), measure, rounds=3)
    assert "".join(order) == "abbaabba"
    assert found["a"]["train"] == {"median": 2.0, "min": 1.0, "max": 3.0, "rounds": 3}
    assert found["b"]["train"] == {"median": 5.0, "min": 5.0, "max": 8.0, "rounds": 3}
