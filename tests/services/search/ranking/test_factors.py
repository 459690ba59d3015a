"""What speaks for and against a chunk."""

import pytest

from app.services.rag.found import Ranked
from app.services.search.ranking import rank
from tests.services.search.ranking.conftest import Make, hits, order, question


def test_the_definition_of_a_name_stands_before_its_uses(chunk: Make) -> None:
    uses = [chunk(f"lib/use_{number}.py", ("other",)) for number in range(20)]
    definition = chunk("lib/session.py", ("Session",), kind="class")
    assert order("Session", *uses, definition)[0] == "lib/session.py"


def test_of_definitions_a_type_and_the_file_of_that_name_stand_first(chunk: Make) -> None:
    method = chunk("lib/api.py", ("Router",), kind="method")
    own = chunk("lib/router.py", ("Router",), kind="class")
    assert order("Router", method, own) == ["lib/router.py", "lib/api.py"]
    (first, second) = hits("Router", method, own)
    assert first.boosts.items() >= {"file_name": 3.5, "defines": 4, "defines_type": 2, "named_so": 2}.items()
    assert second.boosts == {"file_evidence": 1.5, "defines": 4}


def test_a_class_that_only_holds_the_name_is_no_definition_of_a_type(chunk: Make) -> None:
    (hit,) = hits("render", chunk("view.py", ("View", "render"), kind="class", symbol="View"))
    assert "defines_type" not in hit.boosts


def test_files_and_folders_are_named_for_what_they_do(chunk: Make) -> None:
    named = [chunk("src/app.ts"), chunk("src/middleware/cors/index.ts", ("cors",)), chunk("cors/lib/other.ts")]
    assert order("cors middleware", *named)[0] == "src/middleware/cors/index.ts"
    (_, second, _) = hits("folder of middleware", chunk("a/x.py"), chunk("middleware/y.py"), chunk("b/z.py"))
    assert "folder" not in second.boosts


@pytest.mark.parametrize(
    ("path", "name", "meant"),
    [
        ("tests/test_login.py", "test", "test of the login"),
        ("pkg/login_test.go", "test", "test of the login"),
        ("src/LoginTests.cs", "test", "test of the login"),
        ("examples/login.py", "example", "example of a login"),
        ("pkg/compat/login.py", "legacy", "legacy login"),
        ("app/migrations/0007_login.py", "migration", "migration of the login"),
        ("api/login.pb.go", "generated", "generated login"),
        ("types/login.d.ts", "generated", "login.d.ts"),
    ],
)
def test_what_is_seldom_meant_is_held_back_until_it_is_asked_for(chunk: Make, path: str, name: str, meant: str) -> None:
    (hit,) = hits("login", chunk(path, ("x",)))
    assert hit.boosts[name] < 1
    (hit,) = hits(meant, chunk(path, ("x",)))
    assert name not in hit.boosts


def test_a_version_kept_beside_a_newer_one_stands_behind_it(chunk: Make) -> None:
    old, new, alone = (chunk(path, ("x",)) for path in ("pkg/v3/a.py", "pkg/v4/a.py", "other/v2/a.py"))
    assert order("zebra", old, new, alone)[-1] == "pkg/v3/a.py"
    boosts = {hit.candidate.path: hit.boosts for hit in hits("zebra", old, new, alone)}
    assert {path for path, factors in boosts.items() if "superseded" in factors} == {"pkg/v3/a.py"}
    assert order("zebra in v3", old, new)[0] == "pkg/v3/a.py"


def test_a_name_within_a_sentence_counts_by_its_share(chunk: Make) -> None:
    (hit,) = hits("how halt stops PlugConn", chunk("a.py", ("PlugConn",), kind="class"))
    assert hit.boosts["defines"] == 1.25
    assert "named_so" not in hit.boosts


def test_who_asks_how_it_works_is_sent_to_the_file_that_does_most_of_it(chunk: Make) -> None:
    most = chunk("most.py", ("x",))
    assert hits("how a zebra sleeps", most)[0].boosts["file_evidence"] == 2
    for text in ("sleep of a zebra", "however", "Zebra"):
        assert hits(text, most)[0].boosts["file_evidence"] == 1.5


def test_a_small_file_about_it_stands_before_a_large_one_that_also_does_it(chunk: Make) -> None:
    large, small = chunk("large.py", ("x",), file_chunks=40), chunk("small.py", ("x",), file_chunks=4)
    assert order("sleep of a zebra", large, small) == ["small.py", "large.py"]
    assert hits("sleep of a zebra", large, small)[0].boosts["focus"] == 1.25
    for text in ("how a zebra sleeps", "Zebra"):
        assert order(text, large, small)[0] == "large.py"
        assert "focus" not in hits(text, large, small)[0].boosts


def test_one_mention_does_not_make_a_tiny_file_be_about_it(chunk: Make) -> None:
    tiny, three = hits("sleep of a zebra", chunk("a.py", file_chunks=1), chunk("b.py", file_chunks=3))
    assert tiny.boosts["focus"] >= three.boosts["focus"] > 1.24


def test_a_file_named_for_the_question_alone_stands_before_one_named_for_more(chunk: Make) -> None:
    assert order("cache of pages", chunk("cache_writer.py", ("x",)), chunk("cache.py", ("x",)))[0] == "cache.py"
    (hit,) = hits("proxy for pictures", chunk("mediaproxy.go", ("x",)))
    assert hit.boosts["file_name"] > 1


@pytest.mark.parametrize(
    "path", ["src/latest.py", "src/contest/login.py", "src/inspector.ts", "app/protest.py", "docs/old_world.py"]
)
def test_words_that_only_look_like_it_are_left_alone(chunk: Make, path: str) -> None:
    (hit,) = hits("zebra", chunk(path, ("x",)))
    assert set(hit.boosts) == {"file_evidence", "focus"}


def test_prose_and_data_stand_behind_code_unless_asked_for(chunk: Make) -> None:
    found = (chunk("a.md", language="markdown"), chunk("b.yaml", language="yaml"), chunk("c.py", ("login",)))
    assert order("login", *found) == ["c.py", "b.yaml", "a.md"]
    assert order("guide to the login", *found)[0] == "a.md"
    assert order("yaml of the login", *found)[0] == "b.yaml"


def test_prose_that_alone_speaks_of_it_is_not_held_back(chunk: Make) -> None:
    guide, code = chunk("guide.md", language="markdown"), chunk("code.py", ("x",))
    legs = {
        "lexical": [Ranked(guide.chunk_id, 6.0)],
        "dense": [Ranked(guide.chunk_id, 0.5), Ranked(code.chunk_id, 0.4)],
    }
    assert rank(question("nginx"), legs, [guide, code])[0].boosts == {"file_evidence": 1.5, "focus": 1.25}


def test_a_file_that_passes_names_on_stands_behind_the_one_that_defines_them(chunk: Make) -> None:
    passes, holds = chunk("pkg/__init__.py"), chunk("pkg/code.py", ("work",))
    assert order("zebra", passes, holds) == ["pkg/code.py", "pkg/__init__.py"]
    assert "barrel" not in hits("zebra", chunk("pkg/__init__.py", ("main",)))[0].boosts
