"""Serves the review page on the loopback until it is stopped."""

from __future__ import annotations

import socket
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from agent.errors import ConfigError
from agent.review.app import ReviewPage
from agent.review.security import ADDRESS, AccessMiddleware
from agent.review.session import Tools

CONNECTIONS: Final = 512
"""Open connections above which a new one is answered 503; a browser has six."""
IDLE_SECONDS: Final = 15
STOP_SECONDS: Final = 2


class ReviewServer:
    """Listens from the moment it is made; ``url`` opens the page once."""

    def __init__(self, tools: Tools, port: int, start: str = "/") -> None:
        """Port 0 takes any free one; ``start`` is the page to begin with.

        Raises ConfigError when the port cannot be had.
        """
        if port and not 1024 <= port <= 65535:
            raise ConfigError(f"--port {port}: give a port from 1024 to 65535, or 0 for any free one")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((ADDRESS, port))
        except OSError as error:
            self._socket.close()
            raise ConfigError(f"--port {port}: {error.strerror}; give another, or 0 for any free one") from None
        self._socket.listen(128)
        self.access = AccessMiddleware(ReviewPage(tools).application(), self._socket.getsockname()[1], start)
        self._server = uvicorn.Server(_configuration(self.access))

    @property
    def url(self) -> str:
        return self.access.url

    def serve(self) -> None:
        """Serve until a signal or ``stop``. Raises the signal again when all is closed."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """End ``serve``, from another thread."""
        self._server.should_exit = True


def _configuration(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
