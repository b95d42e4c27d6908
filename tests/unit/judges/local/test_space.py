"""The space in which the local judge compares texts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from agent.judges.local.space import Text, build_space

CORPUS = tuple(
    Text(text, text) for text in ("We clean a web corpus.", "Agents call tools, tools!", "the logits of a net")
)
SPACE = build_space(CORPUS, ("Cleaning a corpus", "Decoding logits"))
WHOLE = [*(text.whole for text in CORPUS), "Cleaning a corpus", "Decoding logits"]
WORDS = TfidfVectorizer(stop_words="english", sublinear_tf=True).fit(WHOLE)
PIECES = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 4), sublinear_tf=True).fit(WHOLE)


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(" ".join(WHOLE).split()), max_size=12).map(" ".join)))
def test_vectors_are_those_of_scikit_learn(text: str) -> None:
    found = SPACE.vectors([Text(text, text)]).toarray()[0]
    words, pieces = (each.transform([text]).toarray()[0] for each in (WORDS, PIECES))
    assert np.allclose(found, np.concatenate([words, 0.7 * pieces]))


def test_places_keep_the_angles_of_the_texts_they_come_from() -> None:
    vectors = SPACE.vectors(CORPUS).toarray()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    places = SPACE.places(CORPUS)
    assert np.allclose(places @ places.T, vectors @ vectors.T, atol=1e-5)


def test_a_text_without_a_known_term_has_a_place_without_direction() -> None:
    assert not SPACE.places([Text("zzz", "zzz")]).any()
