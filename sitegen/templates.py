"""Jinja, strict: an unknown name stops the build, and the error says where it stands.

The words of `{% trans %}` and `_()` are those of a language's catalogue.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)

from backend import languages
from sitegen.errors import BuildError


@dataclass(frozen=True)
class Templates:
    folder: Path

    def render(
        self, name: str, values: Mapping[str, object], language: str = languages.SOURCE
    ) -> str:
        # Read anew for each page, so that a changed catalogue shows while the site is served.
        self._environment.install_gettext_translations(  # type: ignore[attr-defined]
            languages.read(language), newstyle=True
        )
        try:
            return self._environment.get_template(name).render(values)
        except TemplateError as error:
            raise BuildError(f"{_place(error, self.folder) or name}: {_reason(error)}") from error

    @cached_property
    def _environment(self) -> Environment:
        """One for all languages, which differ in words alone: each template is compiled once."""
        made = Environment(
            loader=FileSystemLoader(self.folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        made.policies["ext.i18n.trimmed"] = True
        return made


def _reason(error: TemplateError) -> str:
    if isinstance(error, TemplateNotFound):
        return f"the template {error.name} is missing"
    return error.message or type(error).__name__


def _place(error: TemplateError, folder: Path) -> str | None:
    if isinstance(error, TemplateSyntaxError):
        return f"{error.name}, line {error.lineno}"
    # Jinja puts the templates' own files and lines into the traceback; the innermost is to blame.
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(folder):
            return f"{Path(frame.filename).relative_to(folder)}, line {frame.lineno}"
    return None
