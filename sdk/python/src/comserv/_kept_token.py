from __future__ import annotations

from dataclasses import dataclass

from ._secret import Secret

REFRESHED_EARLY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class KeptToken:
    header: Secret
    renew_at: float
