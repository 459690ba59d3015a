"""Lineage: everybody within the depth, once, nearest first; whatever the pedigree is like."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.ecs.lineage import MAX_DEPTH, Node, distances, lineage, relation
from tests.services.ecs.families import family, random_family

COUSINS = family(
    {
        "grandmother": (),
        "grandfather": (),
        "mother": ("grandmother", "grandfather"),
        "uncle": ("grandmother", "grandfather"),
        "father": (),
        "aunt": (),
        "fox": ("mother", "father"),
        "cousin": ("uncle", "aunt"),
        "cub": ("fox", "cousin"),
        "backcross": ("cub", "fox"),
    }
)


def nodes(tree: Node) -> list[Node]:
    return [tree, *(node for further in (*tree.parents, *tree.children) for node in nodes(further))]


def test_the_family_of_a_fox() -> None:
    found = lineage(COUSINS, "fox", depth=5)
    assert (found.generation, found.inbreeding_coefficient) == (3, 0)
    assert found.parents == ("mother", "father")
    assert [(relative.agent_id, relative.relation) for relative in found.ancestors] == [
        ("mother", "parent"),
        ("father", "parent"),
        ("grandmother", "grandparent"),
        ("grandfather", "grandparent"),
    ]
    assert [(relative.agent_id, relative.distance) for relative in found.descendants] == [("cub", 1), ("backcross", 1)]
    assert found.tree.parents[0].parents[1].name == "Name-grandfather"


def test_an_ancestor_on_both_sides_is_told_once_and_marked_in_the_tree() -> None:
    found = lineage(COUSINS, "backcross", depth=10)
    assert found.inbreeding_coefficient > 0.25
    assert sorted(relative.agent_id for relative in found.ancestors) == sorted(COUSINS.keys() - {"backcross"})
    again = [node.agent_id for node in nodes(found.tree) if node.again]
    assert sorted(again) == ["fox", "grandfather", "grandmother"]
    assert [node.agent_id for node in found.tree.parents] == ["cub", "fox"]
    assert found.tree.parents[0].parents[0] == dataclasses.replace(found.tree.parents[1], again=True, parents=())


@pytest.mark.parametrize(("depth", "ancestors"), [(0, 0), (1, 2), (2, 5), (3, 9), (MAX_DEPTH, 9)])
def test_a_depth_ends_the_lists_and_the_tree(depth: int, ancestors: int) -> None:
    found = lineage(COUSINS, "backcross", depth)
    assert len(found.ancestors) == ancestors
    assert {node.agent_id for node in nodes(found.tree)} == {
        found.agent_id,
        *(relative.agent_id for relative in (*found.ancestors, *found.descendants)),
    }


@pytest.mark.parametrize("depth", [-1, MAX_DEPTH + 1, 10**6])
def test_a_depth_beyond_reason_is_refused(depth: int) -> None:
    with pytest.raises(ValueError, match=f"0 to {MAX_DEPTH}"):
        lineage(COUSINS, "fox", depth)


def test_an_unknown_agent_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        lineage(COUSINS, "nobody", 1)


def test_who_is_not_there_is_left_out() -> None:
    part = {name: member for name, member in COUSINS.items() if name != "father"}
    found = lineage(part, "fox", 5)
    assert found.parents == ("mother", "father")
    assert "father" not in {relative.agent_id for relative in found.ancestors}
    assert [node.agent_id for node in found.tree.parents] == ["mother"]


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(0, MAX_DEPTH), st.integers(0, 30))
def test_nobody_is_told_twice_and_what_is_left_out_is_counted(seed: int, depth: int, limit: int) -> None:
    members = random_family(seed, count=60, founders=5, reach=8)
    found = lineage(members, "30", depth, limit)
    for told, left_out, side in (
        (found.ancestors, found.ancestors_left_out, "parents"),
        (found.descendants, found.descendants_left_out, "children"),
    ):
        everyone = distances(members, "30", side, depth)  # type: ignore[arg-type]
        assert [relative.agent_id for relative in told] == list(everyone)[:limit]
        assert len(told) + left_out == len(everyone)
        assert [relative.distance for relative in told] == sorted(relative.distance for relative in told)
    followed = [node.agent_id for node in nodes(found.tree) if not node.again]
    assert sorted(followed) == sorted(
        {"30", *(relative.agent_id for relative in (*found.ancestors, *found.descendants))}
    )


def test_the_tree_of_an_inbred_line_is_as_small_as_the_line() -> None:
    """Followed on every path, forty generations of full siblings would have 2**40 nodes."""
    parents: dict[str, tuple[str, ...]] = {"0a": (), "0b": ()}
    for number in range(1, 41):
        before = (f"{number - 1}a", f"{number - 1}b")
        parents |= {f"{number}a": before, f"{number}b": before}
    tree = lineage(family(parents), "40a", MAX_DEPTH).tree
    assert len(nodes(tree)) == 1 + 40 * 2 + 39 * 2


@pytest.mark.parametrize(
    ("distance", "word"),
    [
        (1, "child"),
        (2, "grandchild"),
        (3, "great-grandchild"),
        (4, "great-great-grandchild"),
        (7, "5 times great-grandchild"),
    ],
)
def test_relatives_have_their_words(distance: int, word: str) -> None:
    assert relation("child", distance) == word
