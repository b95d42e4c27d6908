"""The judges. To add one: write the module, name it here, build it in ``agent/wiring/``."""

JUDGES = {
    "openai": "a model behind any OpenAI-compatible server",
    "local": "TF-IDF over definitions and neighbours: no key, no network",
    "recorded": "answers that were given before, replayed",
}
