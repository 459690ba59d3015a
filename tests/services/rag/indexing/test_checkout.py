"""Branch and commit are read from what git itself writes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from app.services.rag.indexing.checkout import NO_CHECKOUT, checkout_of
from tests.services.rag.conftest import Workshop

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git is not installed")


def git(place: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(
        [GIT or "git", *who, *arguments], cwd=place, check=True, capture_output=True, text=True
    ).stdout


@needs_git
def test_it_says_what_git_says(tmp_path: Path) -> None:
    repository = tmp_path / "r"
    repository.mkdir()
    assert checkout_of(repository) == NO_CHECKOUT
    git(repository, "init", "-q")
    assert (checkout_of(repository).branch, checkout_of(repository).commit) == ("main", None)
    git(repository, "commit", "-q", "--allow-empty", "-m", "first")
    commit = git(repository, "rev-parse", "HEAD").strip()
    (repository / "deep" / "er").mkdir(parents=True)
    assert (checkout_of(repository / "deep" / "er").branch, checkout_of(repository).commit) == ("main", commit)
    git(repository, "checkout", "-q", "-b", "feature/x")
    git(repository, "pack-refs", "--all")
    assert (checkout_of(repository).branch, checkout_of(repository).commit) == ("feature/x", commit)
    git(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "w"))
    assert (checkout_of(tmp_path / "w").branch, checkout_of(tmp_path / "w").commit) == ("other", commit)
    git(repository, "checkout", "-q", "--detach")
    assert (checkout_of(repository).branch, checkout_of(repository).commit) == (None, commit)


@pytest.mark.parametrize("head", ["ref: ../../etc/passwd", "ref: refs/heads/\n", "", "\0", "nonsense"])
def test_a_strange_head_gives_no_commit(tmp_path: Path, head: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text(head)
    assert checkout_of(tmp_path).commit is None


@needs_git
@pytest.mark.anyio
async def test_a_source_tells_its_branch_and_commit(workshop: Workshop) -> None:
    git(workshop.root, "init", "-q")
    git(workshop.root, "commit", "-q", "--allow-empty", "-m", "first")
    await workshop.settle()
    commit = git(workshop.root, "rev-parse", "HEAD").strip()
    assert [tuple(row) for row in await workshop.rows("SELECT branch, commit FROM sources")] == [("main", commit)]
    git(workshop.root, "checkout", "-q", "-b", "next")
    await workshop.scanner.look_at(["a.py"])
    assert [tuple(row) for row in await workshop.rows("SELECT branch, commit FROM sources")] == [("next", commit)]
