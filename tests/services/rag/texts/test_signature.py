"""Signatures and the catalogue: whatever may match is a candidate."""

from hypothesis import given
from hypothesis import strategies as st

from app.services.rag.texts.catalogue import Catalogue, FileEntry
from app.services.rag.texts.kept import OVERHEAD_BYTES, KeptTexts
from app.services.rag.texts.signature import SIGNATURE_BYTES, signature, trigram_bits

TEXT = st.text(alphabet="abcABC\N{LATIN SMALL LETTER LONG S}Kéß \n", max_size=60)


def entry(number: int, turn: int = 0, content_hash: bytes = b"12345678") -> FileEntry:
    return FileEntry(number, "tree", f"{number}.py", 1, content_hash, "python", turn)


@given(before=TEXT, literal=TEXT, after=TEXT)
def test_a_text_with_the_literal_is_a_candidate_whatever_its_case(before: str, literal: str, after: str) -> None:
    catalogue = Catalogue()
    for number, content in enumerate((before + literal + after, before + literal.swapcase() + after)):
        catalogue.put(entry(number), signature(content.encode()))
    ascii_only = literal if literal.isascii() else ""
    assert entry(0) in catalogue.candidates([(literal.encode(),)])
    assert entry(1) in catalogue.candidates([(ascii_only.encode(),)])


def test_the_signature_tells_most_texts_apart() -> None:
    catalogue = Catalogue()
    for number in range(1000):
        catalogue.put(entry(number), signature(f"def function_{number:04}(): return {number * 7919}".encode()))
    found = catalogue.candidates([(b"function_0042",)])
    assert entry(42) in found
    assert len(found) < 20


def test_special_forms_of_ascii_letters_count_as_those() -> None:
    assert set(trigram_bits("ma\N{LATIN SMALL LETTER LONG S}K".encode())) == set(trigram_bits(b"MASK"))
    assert len(signature(b"")) == SIGNATURE_BYTES
    assert len(trigram_bits(b"ab")) == 0


def test_groups_are_all_needed_and_one_of_each_is_enough() -> None:
    catalogue = Catalogue()
    for number, content in enumerate((b"alpha beta", b"alpha gamma", b"delta beta")):
        catalogue.put(entry(number), signature(content))
    assert [item.id for item in catalogue.candidates([(b"alpha",), (b"beta", b"gamma")])] == [0, 1]
    assert [item.id for item in catalogue.candidates([])] == [0, 1, 2]
    assert catalogue.candidates([(b"omega",)]) == []


@given(st.lists(st.tuples(st.sampled_from(["put", "remove"]), st.integers(0, 150), st.integers(0, 2)), max_size=200))
def test_the_catalogue_holds_what_was_put_in_turn(steps: list[tuple[str, int, int]]) -> None:
    catalogue, expected = Catalogue(), {}
    for action, number, turn in steps:
        if action == "put":
            expected[number] = entry(number, turn)
            catalogue.put(expected[number], signature(b"text"))
        elif expected.pop(number, None):
            catalogue.remove(number)
    ordered = sorted(expected.values(), key=lambda item: (item.turn, item.id))
    assert catalogue.candidates([(b"text",)]) == ordered
    assert len(catalogue) == len(expected)
    assert all(catalogue.get(number) == item for number, item in expected.items())


def test_a_listing_tells_what_changed_and_what_is_gone() -> None:
    catalogue = Catalogue()
    for number in range(3):
        catalogue.put(entry(number), signature(b""))
    assert catalogue.differing({0: b"12345678", 1: b"changed!", 3: b"new     "}) == ([1, 3], [2])


@given(st.lists(st.tuples(st.integers(0, 9), st.binary(max_size=300)), max_size=60))
def test_kept_texts_stay_within_their_bound(puts: list[tuple[int, bytes]]) -> None:
    kept = KeptTexts(1500)
    for number, content in puts:
        kept.put(number, content[:2], content)
        assert 0 <= kept.room <= 1500
    if puts and len(puts[-1][1]) + OVERHEAD_BYTES <= 1500:
        number, content = puts[-1]
        assert kept.get(number, content[:2]) == content
        assert kept.get(number, b"another hash") is None
