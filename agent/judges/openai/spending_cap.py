"""The hard cap on what one command may spend, checked before each call with what the call can cost at most."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from agent.errors import CapReached

NOTHING = Decimal(0)


class SpendingCap:
    """Keeps the cost of a command below ``limit`` US dollars, over all its judges and nights.

    Before each call the largest possible cost is reserved; after it the real cost replaces the reservation. A limit of
    None allows everything.
    """

    def __init__(self, limit: Decimal | None) -> None:
        self.limit = limit
        self.spent = NOTHING
        self._reserved = NOTHING
        self._reservations = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def reserve(self, most: Decimal) -> None:
        """Set ``most`` dollars aside, waiting for calls under way if only their reservations are in the way.

        Raises CapReached when the cap would not allow it even if those calls cost nothing.
        """
        while self.limit is not None and not self.has_room(most):
            if not self._reservations or self.spent + most > self.limit:
                raise self._refusal(most)
            settled = asyncio.get_running_loop().create_future()
            self._waiting.append(settled)
            await settled
        self._reserved += most
        self._reservations += 1

    def reserve_for_good(self, most: Decimal) -> None:
        """Set ``most`` dollars aside for what is billed later, or never. Raises CapReached when there is no room."""
        if not self.has_room(most):
            raise self._refusal(most)
        self.spent += most

    def _refusal(self, most: Decimal) -> CapReached:
        limit = f"{self.limit.normalize():f}" if self.limit is not None else "no limit"
        gone = f"${self.spent:.4f} of ${limit} is spent or may be billed"
        return CapReached(f"cost cap: {gone}, and this call may cost ${most:.4f}; raise --max-cost to have it judged")

    def has_room(self, most: Decimal) -> bool:
        """Tell whether so many dollars could be reserved at once."""
        return self.limit is None or self.spent + self._reserved + most <= self.limit

    def open(self, most: Decimal) -> Reservation:
        """Return the reservation of one question, each request for which may cost ``most`` dollars."""
        return Reservation(self, most)

    def settle(self, most: Decimal, actual: Decimal) -> None:
        """Replace a reservation by what the call did cost."""
        self._reserved -= most
        self._reservations -= 1
        self.spent += actual
        waiting, self._waiting = self._waiting, []
        for settled in waiting:
            if not settled.done():
                settled.set_result(None)


class Reservation:
    """The spending of one question, over all requests that were needed for it.

    A request whose answer was lost on the way counts in full: the server may bill what never arrived.
    """

    def __init__(self, cap: SpendingCap, most: Decimal) -> None:
        self._cap = cap
        self._most = most
        self._reserved = False
        self._under_way = False

    @property
    def must_wait(self) -> bool:
        """Whether the next request has to wait for what others have reserved, or is over the cap."""
        return (self._under_way or not self._reserved) and not self._cap.has_room(self._most)

    async def admit(self) -> None:
        """Set the largest cost of one request aside, before it is sent. Raises CapReached when the cap forbids it."""
        if self._under_way:
            self.close(None)
        if not self._reserved:
            await self._cap.reserve(self._most)
        self._reserved = self._under_way = True

    def refused(self) -> None:
        """Count the request as free: the server said so, or was never reached. Its reservation is kept for the next."""
        self._under_way = False

    def close(self, answered: Decimal | None) -> None:
        """Pay: what the answer did cost, or without one the largest cost of a request that is still under way."""
        if self._reserved:
            lost = self._most if self._under_way else NOTHING
            self._cap.settle(self._most, lost if answered is None else answered)
        self._reserved = self._under_way = False
