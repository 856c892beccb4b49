"""All defects, by what is broken."""

from __future__ import annotations

from typing import Final

from tests.planted import answers, conditions, endings, limits, logs, origins, proofs, tokens
from tests.planted.defect import Defect

KINDS: Final[dict[str, tuple[Defect, ...]]] = {
    "a condition left out": conditions.DEFECTS,
    "an answer that tells": answers.DEFECTS,
    "an origin not checked": origins.DEFECTS,
    "a session not ended": endings.DEFECTS,
    "a proof good twice": proofs.DEFECTS,
    "a secret in the log": logs.DEFECTS,
    "a token believed": tokens.DEFECTS,
    "a limit not counted": limits.DEFECTS,
}
DEFECTS: Final = tuple(defect for kind in KINDS.values() for defect in kind)
