"""The pages' templates, styles and scripts, and the one environment that renders them."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template


def template(name: str) -> Template:
    """Return a page's template; what is put into it is escaped unless the template says that it is safe."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


def read(name: str) -> str:
    """Return the text of a file of the folder templates."""
    return (resources.files("seqexp.reporting") / "templates" / name).read_text(encoding="utf-8")
