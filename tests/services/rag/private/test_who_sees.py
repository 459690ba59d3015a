"""Whatever sources there are and whoever asks: what is private is seen by its owner alone."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.core.access import ANONYMOUS, Caller, Role
from app.services.rag.following import named
from app.services.rag.progress import Progress, SourceProgress, Visibility
from tests.services.rag.test_progress import source

OWNERS = [UUID(int=number) for number in (1, 2, 3)]
CALLERS = [ANONYMOUS, *(Caller(owner, str(owner), role) for owner in OWNERS for role in (Role.user, Role.admin))]


@st.composite
def everything(draw: st.DrawFn) -> Progress:
    """Draw sources of several owners, some of them under one name."""
    progress = Progress()
    drawn = st.tuples(st.sampled_from([None, *OWNERS]), st.booleans(), st.sampled_from("ab"), st.integers(0, 9))
    found: list[SourceProgress] = []
    for number, (owner, shared, name, chunks) in enumerate(draw(st.lists(drawn, max_size=8)), 1):
        visibility: Visibility = "shared" if shared else "private"
        found.append(replace(source(chunks=chunks), id=number, name=name, owner_id=owner, visibility=visibility))
    progress.update(found)
    return progress


@given(everything(), st.sampled_from(CALLERS))
def test_a_caller_sees_what_is_shared_and_what_is_their_own(progress: Progress, caller: Caller) -> None:
    seen = progress.seen_by(caller).sources
    for number, item in progress.sources.items():
        own = item.owner_id is not None and item.owner_id == caller.user_id
        assert (number in seen) == (item.visibility == "shared" or own)


@given(everything(), st.sampled_from(CALLERS), st.sampled_from(["a", "b", "1", "2", "3"]))
def test_a_name_never_means_what_is_private_to_others(progress: Progress, caller: Caller, wanted: str) -> None:
    seen = progress.seen_by(caller).sources.values()
    found = named(seen, wanted)
    fits = [item for item in seen if wanted in (item.name, str(item.id))]
    assert (found is None) == (not fits)
    if found is not None:
        assert found.seen_by(caller)
        own = [item for item in fits if item.name == wanted and item.visibility == "private"]
        assert found.name != wanted or not own or found in own, "what is one's own comes before what is shared"


@given(everything(), st.sampled_from(CALLERS))
def test_progress_is_that_of_what_is_seen(progress: Progress, caller: Caller) -> None:
    alone = Progress()
    alone.update(list(progress.seen_by(caller).sources.values()))
    seen = progress.seen_by(caller)
    assert (seen.state, seen.rate, seen.eta_s) == (alone.state, alone.rate, alone.eta_s)
