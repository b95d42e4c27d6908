"""Tests of the categories in which a list's papers are likely to be announced."""

import pytest

from agent.core.arxiv.categories import guess_categories, is_read

LANGUAGE = [f"Language Models that {word} Better Texts" for word in ("Write", "Read", "Choose", "Shorten", "Retell")]


def test_the_words_of_the_titles_name_the_category() -> None:
    robots = [f"A Robot that Learns to {word} Cups" for word in ("Grasp", "Stack", "Wash", "Fill")]

    assert guess_categories(LANGUAGE + robots, "A list") == ("cs.RO",)


def test_the_name_of_a_list_is_enough_where_a_title_agrees() -> None:
    assert guess_categories(["Quantum Kernels", "QAOA on Graphs"], "Awesome Quantum Learning") == ("quant-ph",)
    assert guess_categories([], "Awesome Quantum Learning") == ("quant-ph",)
    assert guess_categories(LANGUAGE, "Learning Materials on Language Models") == ()


@pytest.mark.parametrize(
    "titles", [[], LANGUAGE, [*LANGUAGE, "Talking to a Robot", "An Image of Paris", "Speech to Come"]]
)
def test_a_few_titles_are_chance(titles: list[str]) -> None:
    assert guess_categories(titles, "Reading list") == ()


def test_a_word_is_not_found_inside_another() -> None:
    assert guess_categories([f"General Methods {number}" for number in range(9)], "Generation") == ()


def test_the_likeliest_category_comes_first() -> None:
    titles = [f"Image {number} of a Brain" for number in range(5)] + [f"Image {number}" for number in range(5)]

    assert guess_categories(titles, "") == ("cs.CV", "q-bio.NC")


def test_a_category_of_two_names_is_one() -> None:
    assert is_read(("eess.SY", "cs.SY"), ("cs.SY",), cross_lists=False)
    assert is_read(("math.MP",), ("math-ph",), cross_lists=True)
    assert not is_read(("cs.LG", "eess.SY"), ("cs.SY",), cross_lists=False)
