"""An error of the model server that nothing helps against, as the person who runs the night is told of it."""

from __future__ import annotations

from agent.core.judging.completions import OUTPUT_SETTING
from agent.errors import ConfigError, JudgeError, PaperRefused
from agent.judges.openai.errors.meanings import NO_WORDS, moved_to
from agent.judges.openai.sending import Failed
from agent.judges.openai.server_features import SETTINGS, Feature
from agent.judges.openai.server_state import ServerState


def final_error(
    server: ServerState, model: str, failed: Failed, named: Feature | None, *, too_late: bool
) -> JudgeError | ConfigError:
    """Return what an error that nothing helps against means: fatal when the very first calls get it.

    ``named`` is the part of the request that it complains of, and ``too_late`` whether it asks to wait for longer than
    a paper may take.
    """
    error = failed.error
    url, status, words = server.endpoint.shown, error.status, server.without_key(error.words)
    sent = "api-key" if server.endpoint.dated else "Authorization: Bearer"
    fatal = {
        "key": f"{url} does not accept the key ({status}); check OPENAI_API_KEY"
        + ("" if error.words == NO_WORDS else f"; the server: {server.without_parts_of_key(error.words)}"),
        "forbidden": f"{url} does not allow this ({status}): {words}; check OPENAI_API_KEY and the model's access",
        "model": f"{url} does not know model {model!r} ({status}): {words}; set judge.model or --model",
        "address": f"no chat completions at {url} ({status}: {words}): OPENAI_BASE_URL usually ends in /v1 (Azure: "
        "/openai/v1, or /openai/deployments/NAME?api-version=...)",
        "moved": f"{url} has moved to {moved_to(failed.headers)} ({status}); give that as OPENAI_BASE_URL",
        "login": f"{url} wants someone to log in ({status}: {words}), as a single sign-on or a network's portal "
        "does; OPENAI_BASE_URL is to be the address of the API, which takes a key and usually ends in /v1",
        "proxy": f"a proxy before {url} wants a login ({status}): {words}; give it in HTTPS_PROXY or HTTP_PROXY, "
        "or name the host in NO_PROXY",
        "blocked": f"a firewall before {url} turned this machine away, whatever the key ({status}): {words}; "
        "have it let through there, or correct OPENAI_BASE_URL",
        "header": f"{url} goes by a header that is not sent ({status}): {words}; OPENAI_API_KEY is sent as {sent}, and "
        "nothing else: tie the rest to that key there, or have a proxy add it",
        "unfit": f"{url} cannot run model {model!r} ({status}): {words}; give the server more room, or take a smaller "
        "model with judge.model or --model",
        "no_https": f"{url} takes https only ({status}): {words}; let OPENAI_BASE_URL begin with https://",
        "web_page": f"{url} answers with a web page ({words}); OPENAI_BASE_URL usually ends in /v1",
    }
    if error.meaning in fatal:
        may_be_the_paper = status in (403, 451) and error.meaning in ("forbidden", "blocked")
        return server.give_up(fatal[error.meaning], may_be_the_paper=may_be_the_paper)
    if error.meaning == "refused":
        return PaperRefused(f"the server refused the paper ({status}): {words}")
    if error.meaning == "quota":
        later = f"it asks to wait {error.wait:.0f} s: run again then" if error.wait else "run again when there is more"
        return server.lose(f"the account's quota at {url} is used up ({status}): {words}; {later}")
    hint = SETTINGS.get(named, "") if named else ""
    if error.meaning == "output_limit":
        hint = f"lower {OUTPUT_SETTING}"
    if too_late:
        hint = f"it asks to wait {error.wait:.0f} s: run again then"
    return server.lose(f"{url} answered {status}: {words}" + (f"; {hint}" if hint else ""))
