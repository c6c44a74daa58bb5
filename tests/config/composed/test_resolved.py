"""Texts that refer to each other are resolved, and those that would unfold without end are refused at once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from omegaconf import OmegaConf

from seqexp.config.composed.compat_omegaconf import MOST_CHARACTERS, MOST_REFERENCES, limited_references
from seqexp.config.composed.resolved import resolved
from tests.config.oracle import only_fault
from tests.faults import is_about


def _chain(links: int, times: int, first: str) -> dict[str, str]:
    """Return texts of which each refers so many times to the one before it."""
    return {"x0": first, **{f"x{link}": f"${{model.x{link - 1}}}" * times for link in range(1, links + 1)}}


@pytest.mark.parametrize(
    ("model", "length"),
    [(_chain(3, 2, "ab"), 16), (_chain(40, 1, "ab"), 2), ({"x0": "ab", "last": "${model.x0}" * 3000}, 6000)],
    ids=["doubled", "handed on", "often"],
)
def test_references_are_resolved(model: Mapping[str, str], length: int) -> None:
    values, faults = resolved(OmegaConf.create({"model": model}), [])
    assert not faults
    assert len(list(values["model"].values())[-1]) == length


@pytest.mark.parametrize(
    "note",
    [
        _chain(25, 2, "ab"),
        _chain(4, 9, "ab" * 100_000),
        {"x0": "ab", "last": "${model.x0}" * (MOST_REFERENCES + 2)},
    ],
    ids=["doubled", "long", "often"],
)
def test_what_unfolds_to_too_much_is_refused(note: Mapping[str, str]) -> None:
    config = OmegaConf.create({"model": note})
    with pytest.raises(Exception, match=f"{MOST_CHARACTERS:,}") as caught:
        resolved(config, [])
    assert is_about(caught.value.faults[0], "model")  # type: ignore[attr-defined]
    with limited_references() as unfolding:
        OmegaConf.select(config, f"model.{list(note)[-1]}", throw_on_resolution_failure=False)
    assert unfolding.is_too_much


def test_a_command_line_that_doubles_is_refused() -> None:
    tags = [f"+tracking.tags.x{link}='{f'${{tracking.tags.x{link - 1}}}' * 2}'" for link in range(1, 40)]
    fault = only_fault("+tracking.tags.x0=ab", *tags, "tracking.note='${tracking.tags.x39}'")
    assert is_about(fault, "tracking"), fault
