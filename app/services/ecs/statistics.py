"""Figures of a population at one moment, ready to be plotted over time.

Sums are of whole numbers, so the figures are the same to the bit in whatever order the agents come.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.services.ecs.catalogue import SCALE, Catalogue
from app.services.ecs.genetics import LOCI, Genomes, Traits

DIGITS = 6


@dataclass(frozen=True, slots=True)
class PopulationStatistics:
    """How many, of whom, what they are like, and how much they differ. Traits are from 0 to 1."""

    population: int
    generations: dict[int, int]
    spirits: dict[str, int]
    effective_spirits: float
    trait_means: dict[str, float]
    trait_deviations: dict[str, float]
    gene_diversity: float
    heterozygosity: float


def population_statistics(
    catalogue: Catalogue,
    traits: Traits,
    genomes: Genomes,
    spirits: NDArray[np.int64],
    generations: NDArray[np.int64],
) -> PopulationStatistics:
    """Return the figures of n agents.

    Args:
        catalogue: Names the traits and the spirits.
        traits: (n, traits), in ten-thousandths.
        genomes: (n, 2, traits).
        spirits: The numbers of their spirits, (n,).
        generations: Theirs, (n,).
    """
    by_spirit = Counter(spirits.tolist())
    means, deviations = trait_moments(traits)
    names = [trait.name for trait in catalogue.traits]
    return PopulationStatistics(
        population=len(traits),
        generations=dict(sorted(Counter(generations.tolist()).items())),
        spirits={catalogue.spirits[number].name: count for number, count in sorted(by_spirit.items())},
        effective_spirits=effective_number(by_spirit),
        trait_means=dict(zip(names, means.tolist(), strict=True)),
        trait_deviations=dict(zip(names, deviations.tolist(), strict=True)),
        gene_diversity=gene_diversity(genomes),
        heterozygosity=heterozygosity(genomes),
    )


def trait_moments(traits: Traits) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of each trait, from 0 to 1; of nobody, 0."""
    count = max(len(traits), 1)
    total = traits.sum(axis=0, dtype=np.int64)
    squares = (traits.astype(np.int64) ** 2).sum(axis=0)
    variance = (squares * count - total * total) / count**2
    return np.round(total / (count * SCALE), DIGITS), np.round(np.sqrt(variance) / SCALE, DIGITS)


def effective_number(counts: Counter[int]) -> float:
    """Return how many equally common kinds would be as diverse: 1 / sum of squared shares (Hill, Ecology 1973)."""
    total = sum(counts.values())
    return round(total**2 / sum(count**2 for count in counts.values()), DIGITS) if total else 0.0


def gene_diversity(genomes: Genomes) -> float:
    """Return the chance that two alleles of a locus, drawn from the population, differ: 0 where all are alike.

    It is the mean over all loci of 2 p (1 - p) * 2n / (2n - 1) (Nei, Genetics 1978). It falls by 1 / (2 N) in each
    generation of N that mate at random, which is the loss that traits show only later. 1,000 agents take 1 ms.
    """
    alleles = 2 * len(genomes)
    if not alleles:
        return 0.0
    words = genomes.reshape(alleles, -1)
    different = 0
    for bit in range(LOCI):
        count = ((words >> np.uint16(bit)) & np.uint16(1)).sum(axis=0, dtype=np.int64)
        different += int((count * (alleles - count)).sum())
    return round(2 * different / (words.shape[1] * LOCI * alleles * (alleles - 1)), DIGITS)


def heterozygosity(genomes: Genomes) -> float:
    """Return the share of loci with two different alleles: less than the gene diversity where kin have mated."""
    if not len(genomes):
        return 0.0
    different: int = np.bitwise_count(genomes[:, 0] ^ genomes[:, 1]).sum(dtype=np.int64).item()
    return round(different / int(genomes[:, 0].size * LOCI), DIGITS)
