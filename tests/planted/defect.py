"""What a planted defect is: one place in the source that says something else."""

from __future__ import annotations

from dataclasses import dataclass
from types import CodeType

from tests.rewriting import ROOT


@dataclass(frozen=True)
class Defect:
    """`text` stands once in `file`, and `planted` in its place is the defect that `says` tells of.

    `noticed_by` are the ids of the tests of the usual suite of which one must fail.
    """

    says: str
    file: str
    text: str
    planted: str
    noticed_by: tuple[str, ...]

    def code(self) -> CodeType:
        """The module with the defect in it. Raises ValueError where the source has moved on."""
        path = ROOT / self.file
        source = path.read_text(encoding="utf-8")
        if source.count(self.text) != 1:
            raise ValueError(f"{self.file} has this {source.count(self.text)} times:\n{self.text}")
        return compile(source.replace(self.text, self.planted), path, "exec")
