"""Make the table of the built-in embedding again: mine pairs, distil MiniLM, train, evaluate.

The repositories of scripts/embedding_training/sources.py are read from a folder with one checkout each, named
owner+name; the Python packages from where this interpreter has them. Benchmark repositories are left out by
name. `distil` and `train` need torch, transformers and all-MiniLM-L6-v2 as a folder with model.safetensors and
tokenizer.json; nothing else of the project does. The seed is fixed.

    python scripts/train_embeddings.py mine     --checkouts SRC --work WORK
    python scripts/train_embeddings.py distil   --teacher MINILM --work WORK
    python scripts/train_embeddings.py train    --work WORK
    python scripts/train_embeddings.py evaluate --work WORK --model FOLDER [--annotations A --checkouts C]

`train` writes WORK/trained: the files of app/services/rag/embedding/model. On two cores mining takes 2 minutes,
distilling 1 and training 3.
"""

import argparse
import sys
from pathlib import Path
from statistics import fmean

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.services.rag.embedding import StaticEmbedding
from scripts.embedding_training.pairs import read_pairs


def mine(arguments: argparse.Namespace) -> None:
    """Write WORK/pairs.jsonl and WORK/held_out.jsonl."""
    from scripts.embedding_training import mining, sources  # noqa: PLC0415 - each command loads what it needs

    roots = {name: arguments.checkouts / name for name in sources.REPOSITORIES} | mining.package_roots()
    mining.write(roots, arguments.work / "pairs.jsonl")
    held_out = {name: arguments.checkouts / name for name in sources.HELD_OUT}
    mining.write(held_out, arguments.work / "held_out.jsonl")


def distil(arguments: argparse.Namespace) -> None:
    """Write WORK/distilled: the first table, as a model and in full precision."""
    from scripts.embedding_training import distil, files, teacher  # noqa: PLC0415 - torch, only here

    pairs = read_pairs(arguments.work / "pairs.jsonl")
    tokens, vectors = distil.distil(pairs, teacher.Teacher(arguments.teacher))
    files.write_model(arguments.work / "distilled", tokens, vectors)
    np.savez(arguments.work / "distilled.npz", tokens=np.array(tokens), vectors=vectors)


def train(arguments: argparse.Namespace) -> None:
    """Write WORK/trained: the table after training on all pairs."""
    from scripts.embedding_training import bags, files, train  # noqa: PLC0415 - torch, only here

    start = np.load(arguments.work / "distilled.npz")
    tokens = [str(token) for token in start["tokens"]]
    rows_of = bags.reader(files.read_tokenizer(arguments.work / "distilled"))
    lesson = train.lesson_of(read_pairs(arguments.work / "pairs.jsonl"), rows_of)
    files.write_model(arguments.work / "trained", tokens, train.train(start["vectors"], lesson, train.Course()))


def evaluate(arguments: argparse.Namespace) -> None:
    """Print MRR on held-out pairs and, with annotations, NDCG@10 of the vectors alone on the benchmark."""
    from scripts.embedding_training import evaluate  # noqa: PLC0415 - each command loads what it needs

    embed = StaticEmbedding.load(arguments.model).embed
    pairs = read_pairs(arguments.work / "held_out.jsonl")
    all_pairs = evaluate.reciprocal_ranks(pairs, embed)
    apart = evaluate.reciprocal_ranks(pairs, embed, evaluate.shares_no_word)
    for source, rank in all_pairs.items():
        print(f"{source:24} MRR {rank:.4f}   comments that share no word {apart[source]:.4f}")
    print(f"{'mean':24} MRR {fmean(all_pairs.values()):.4f}   comments that share no word {fmean(apart.values()):.4f}")
    if arguments.annotations:
        scores = evaluate.benchmark(arguments.annotations, arguments.checkouts, embed)
        for repository, score in scores.items():
            print(f"{repository:24} NDCG@10 {score['all']:.4f}")
        print(f"{'mean':24} NDCG@10 {fmean(score['all'] for score in scores.values()):.4f}")


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(required=True)
    options = {
        mine: ["--checkouts"],
        distil: ["--teacher"],
        train: [],
        evaluate: ["--model"],
    }
    for run, needed in options.items():
        command = commands.add_parser(run.__name__, help=(run.__doc__ or "").strip())
        command.set_defaults(run=run)
        for option in ["--work", *needed]:
            command.add_argument(option, type=Path, required=True)
        if run is evaluate:
            command.add_argument("--annotations", type=Path)
            command.add_argument("--checkouts", type=Path)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
