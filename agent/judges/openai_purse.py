"""The hard cap on what a run may spend, checked before each call with what the call can cost at most."""

from __future__ import annotations

import asyncio

from agent.errors import JudgeError


class Purse:
    """``cap`` is in US dollars; None: no cap, nothing is ever refused."""

    def __init__(self, cap: float | None) -> None:
        self._cap = cap
        self._spent = 0.0
        self._reserved: list[float] = []
        self._settled = asyncio.Event()

    async def reserve(self, worst: float) -> None:
        """Set ``worst`` dollars aside, waiting for calls under way if only their reservations are in the way.

        Raises JudgeError when the cap would not allow it even if those calls cost nothing.
        """
        while self._cap is not None and self._spent + sum(self._reserved) + worst > self._cap:
            if not self._reserved or self._spent + worst > self._cap:
                raise JudgeError(
                    f"cost cap: ${self._spent:.4f} of ${self._cap:g} is spent and this call may cost ${worst:.4f}; "
                    "raise --max-cost to have it judged"
                )
            settled = self._settled
            await settled.wait()
        self._reserved.append(worst)

    def settle(self, worst: float, actual: float) -> None:
        """Replace a reservation by what the call did cost."""
        self._reserved.remove(worst)
        self._spent += actual
        self._settled.set()
        self._settled = asyncio.Event()
