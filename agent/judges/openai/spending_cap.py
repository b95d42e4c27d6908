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
                gone = f"${self._spent:.4f} of ${self._cap:g} is spent or may be billed"
                raise JudgeError(
                    f"cost cap: {gone}, and this call may cost ${worst:.4f}; raise --max-cost to have it judged"
                )
            settled = self._settled
            await settled.wait()
        self._reserved.append(worst)

    def open(self, worst: float) -> Tab:
        """Return the tab of one question, each request for which may cost ``worst`` dollars."""
        return Tab(self, worst)

    def settle(self, worst: float, actual: float) -> None:
        """Replace a reservation by what the call did cost."""
        self._reserved.remove(worst)
        self._spent += actual
        self._settled.set()
        self._settled = asyncio.Event()


class Tab:
    """What one question may cost, over all requests that were needed for it.

    A request whose answer was lost on the way counts in full: the server may bill what never arrived.
    """

    def __init__(self, purse: Purse, worst: float) -> None:
        self._purse = purse
        self._worst = worst
        self._reserved = False
        self._under_way = False

    async def admit(self) -> None:
        """Set the worst case of one request aside, before it is sent. Raises JudgeError when the cap forbids it."""
        if self._under_way:
            self.close(None)
        if not self._reserved:
            await self._purse.reserve(self._worst)
        self._reserved = self._under_way = True

    def refused(self) -> None:
        """The request cost nothing: the server said so, or was never reached."""
        self._under_way = False

    def close(self, answered: float | None) -> None:
        """Pay: what the answer did cost, or without one the worst case of a request that is still under way."""
        if self._reserved:
            lost = self._worst if self._under_way else 0.0
            self._purse.settle(self._worst, lost if answered is None else answered)
        self._reserved = self._under_way = False
