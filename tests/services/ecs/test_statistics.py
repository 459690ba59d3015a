"""Figures of a population: what theory says of founders, drift and kin, and the same in any order."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.ecs.catalogue import SCALE, catalogue
from app.services.ecs.genetics import MUTATION_RATE, Genomes, allele_frequencies, founders, genotypic_values, offspring
from app.services.ecs.randomness import numbers, stream
from app.services.ecs.statistics import (
    effective_number,
    gene_diversity,
    heterozygosity,
    population_statistics,
    trait_moments,
)

HERE = catalogue()
FOX = HERE.spirit_of["fox"]
TRAITS = len(HERE.traits)


def foxes(count: int, seed: int = 1) -> Genomes:
    return founders(allele_frequencies(HERE, FOX), stream(seed, "founders"), numbers(count))


def test_all_figures_of_a_population() -> None:
    genomes = foxes(500)
    traits = genotypic_values(HERE, genomes)
    spirits = np.where(np.arange(500) < 250, FOX.number, HERE.spirit_of["owl"].number)
    found = population_statistics(HERE, traits, genomes, spirits, np.arange(500) // 200 + 1)
    assert found.population == 500
    assert found.generations == {1: 200, 2: 200, 3: 100}
    assert found.spirits == {"fox": 250, "owl": 250}
    assert found.effective_spirits == 2
    assert found.trait_means["cunning"] == pytest.approx(0.95, abs=0.02)
    assert found.trait_means["cunning"] == round(traits.mean(axis=0)[5] / SCALE, 6)
    assert found.trait_deviations["cunning"] == pytest.approx(traits.std(axis=0)[5] / SCALE, abs=1e-5)


def test_of_nobody_all_figures_are_0() -> None:
    none = population_statistics(
        HERE,
        np.zeros((0, TRAITS), dtype=np.int32),
        foxes(0),
        np.array([], dtype=np.int64),
        np.array([], dtype=np.int64),
    )
    assert (none.population, none.gene_diversity, none.heterozygosity, none.effective_spirits) == (0, 0, 0, 0)
    assert set(none.trait_means.values()) == {0.0}


def test_founders_have_the_diversity_of_their_frequencies() -> None:
    p = allele_frequencies(HERE, FOX)
    genomes = foxes(2000)
    expected = (2 * p * (1 - p)).mean()
    assert gene_diversity(genomes) == pytest.approx(expected, rel=0.01)
    assert heterozygosity(genomes) == pytest.approx(expected, rel=0.01)


def test_diversity_does_not_depend_on_how_many_are_counted() -> None:
    """Nei's estimate is without bias: of twenty foxes it is, on average, that of all."""
    few = [gene_diversity(foxes(20, seed)) for seed in range(60)]
    assert np.mean(few) == pytest.approx(gene_diversity(foxes(2000)), rel=0.01)


def test_diversity_falls_by_one_in_2n_in_each_generation() -> None:
    """Falconer & Mackay, equation 3.12, where anybody may be a parent, oneself included; mutation at rate u brings a
    little back: 1 - 2 H becomes (1 - 2 u)**2 (1 - 2 H)."""
    size, generations, runs = 20, 20, 12
    ends, expected = [], []
    for seed in range(runs):
        genomes = foxes(size, seed)
        diversity = gene_diversity(genomes)
        for generation in range(generations):
            pick = stream(seed, "parents", generation)
            first, second = (pick.below(size, numbers(2 * size)[part::2]) for part in range(2))
            genomes = offspring(genomes[first], genomes[second], stream(seed, "children", generation), numbers(size))
            diversity *= 1 - 1 / (2 * size)
            diversity = (1 - (1 - 2 * MUTATION_RATE) ** 2 * (1 - 2 * diversity)) / 2
        ends.append(gene_diversity(genomes))
        expected.append(diversity)
    assert np.mean(ends) == pytest.approx(np.mean(expected), rel=0.03)
    assert np.mean(ends) < 0.75 * gene_diversity(foxes(2000))


def test_kin_who_mate_lose_heterozygosity_at_once() -> None:
    genomes = foxes(2000)
    selfed = offspring(genomes, genomes, stream(3, "children"), numbers(2000))
    assert heterozygosity(selfed) == pytest.approx(heterozygosity(genomes) / 2, rel=0.03)
    assert gene_diversity(selfed) == pytest.approx(gene_diversity(genomes), rel=0.02)


def test_one_alone_and_all_alike() -> None:
    alike = np.repeat(np.full((1, 2, TRAITS), 0x0F0F, dtype=np.uint16), 5, axis=0)
    assert gene_diversity(alike) == heterozygosity(alike) == 0
    hybrid = np.stack([np.zeros((1, TRAITS)), np.full((1, TRAITS), 0xFFFF)], axis=1).astype(np.uint16)
    assert gene_diversity(hybrid) == heterozygosity(hybrid) == 1


@given(st.permutations(range(30)))
def test_the_order_of_agents_does_not_matter(order: list[int]) -> None:
    genomes = foxes(30)
    traits = genotypic_values(HERE, genomes)
    assert gene_diversity(genomes[order]) == gene_diversity(genomes)
    assert [part.tolist() for part in trait_moments(traits[order])] == [part.tolist() for part in trait_moments(traits)]


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=20))
def test_the_effective_number_is_between_one_and_all(counts: list[int]) -> None:
    found = effective_number(Counter(dict(enumerate(counts))))
    assert 1 <= found <= len(counts) + 1e-6
    if len(set(counts)) == 1:
        assert found == pytest.approx(len(counts))
