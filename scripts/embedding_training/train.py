"""Contrastive training: a comment must be nearer to its own code than to the other code of the batch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # a training machine has it, the project does not
from numpy.typing import NDArray
from torch.nn import functional  # type: ignore[import-not-found,unused-ignore]  # likewise

from scripts.embedding_training.bags import Bags, bags_of
from scripts.embedding_training.pairs import code_of

SEED = 20_240_229


@dataclass(frozen=True, slots=True)
class Course:
    """How to train.

    Attributes:
        epochs: Passes over the pairs.
        batch: Pairs of one step; all other code of the batch is wrong for a comment.
        learning_rate: Of Adam, at its peak; it falls to zero by a cosine.
        weight_rate: The same for the logarithm of each token's weight.
        hidden: Share of the pairs whose code loses the words it shares with the comment, so that meaning must do.
        near: Share of the batches that hold pairs of one source only: its other code is harder to tell apart.
    """

    epochs: int = 5
    batch: int = 2_048
    learning_rate: float = 7e-4
    weight_rate: float = 2e-2
    hidden: float = 0.2
    near: float = 0.5


@dataclass(frozen=True, slots=True)
class Lesson:
    """The pairs: bags of comments and of code, and the source of each."""

    words: Bags
    code: Bags
    sources: NDArray[np.int64]


def lesson_of(pairs: list[dict[str, str]], rows_of: Callable[[str], list[int]]) -> Lesson:
    """Read the pairs into bags of rows."""
    names = {name: number for number, name in enumerate(dict.fromkeys(pair["source"] for pair in pairs))}
    return Lesson(
        bags_of((pair["words"] for pair in pairs), rows_of),
        bags_of(map(code_of, pairs), rows_of),
        np.array([names[pair["source"]] for pair in pairs]),
    )


def batches(sources: NDArray[np.int64], course: Course, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield the numbers of the pairs of each batch of one epoch."""
    order = random.permutation(len(sources))
    cut = int(len(order) * course.near)
    near = order[:cut][np.argsort(sources[order[:cut]], kind="stable")]
    every = [part[i : i + course.batch] for part in (near, order[cut:]) for i in range(0, len(part), course.batch)]
    random.shuffle(every)  # type: ignore[arg-type,unused-ignore]  # a list of arrays is shuffled as a list
    yield from (batch for batch in every if len(batch) > course.batch // 2)


def train(table: NDArray[np.float32], lesson: Lesson, course: Course) -> NDArray[np.float32]:
    """Return the table (tokens x dimension) after the course; the same seed gives the same table."""
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    vectors = torch.nn.Parameter(torch.from_numpy(table.copy()))
    weights = torch.nn.Parameter(torch.zeros(len(table)))
    sharpness = torch.nn.Parameter(torch.tensor(3.0))
    optimizer = torch.optim.Adam(
        [
            {"params": [vectors], "lr": course.learning_rate},
            {"params": [weights, sharpness], "lr": course.weight_rate},
        ]
    )
    plan = [batch for _ in range(course.epochs) for batch in batches(lesson.sources, course, random)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [course.learning_rate, course.weight_rate], total_steps=len(plan) + 1, pct_start=0.05
    )
    for step, chosen in enumerate(plan):
        asked = lesson.words.take(chosen)
        found = _hide(lesson.code.take(chosen), asked, course.hidden, len(table), random)
        q, c = (_embed(bags, vectors, weights) for bags in (asked, found))
        likeness = q @ c.T * sharpness.exp()
        right = torch.arange(len(chosen))
        loss = (functional.cross_entropy(likeness, right) + functional.cross_entropy(likeness.T, right)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            print(f"step {step:5} of {len(plan)}  loss {loss.item():.4f}", flush=True)
    trained: NDArray[np.float32] = (vectors * weights.exp()[:, None]).detach().numpy()
    trained[0] = 0
    return trained


def _embed(bags: Bags, vectors: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    rows = torch.from_numpy(bags.rows.astype(np.int64))
    scale = torch.from_numpy(bags.weights) * weights[rows].exp()
    sums = functional.embedding_bag(
        rows, vectors, torch.from_numpy(bags.starts[:-1]), mode="sum", per_sample_weights=scale
    )
    return functional.normalize(sums, dim=1)


def _hide(code: Bags, words: Bags, share: float, tokens: int, random: np.random.Generator) -> Bags:
    """Give weight zero to the rows that a text shares with its comment, in a share of the texts."""
    owners = code.owners()
    same = np.isin(owners * tokens + code.rows, words.owners() * tokens + words.rows)
    chosen = random.random(len(code.starts) - 1) < share
    return Bags(code.rows, np.where(same & chosen[owners], np.float32(0), code.weights), code.starts)
