"""What to expect of inheritance: exact means and variances of the model in `genetics.py`.

All are of genotypic values from 0 to 1, for each trait; of the phenotype the mean is the same.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.services.ecs.catalogue import Catalogue
from app.services.ecs.genetics import LOCI, MUTATION_RATE, Genomes

Numbers = NDArray[np.float64]


class Expected(NamedTuple):
    """Mean and variance of each trait."""

    mean: Numbers
    variance: Numbers


class Components(NamedTuple):
    """The genetic variance of each trait, by what parents pass on and what they do not."""

    additive: Numbers
    dominance: Numbers


def of_founders(catalogue: Catalogue, frequencies: Numbers, inbreeding: float = 0.0) -> Expected:
    """Return what to expect of a population with these frequencies of high alleles.

    With inbreeding F a share F of the loci is homozygous by descent, so the mean falls by 2 d p q F (Falconer & Mackay,
    equation 14.2): inbreeding depression, for traits with dominance.
    """
    p, q = frequencies, 1 - frequencies
    both = p * p + p * q * inbreeding
    one = 2 * p * q * (1 - inbreeding)
    return _over_loci(*_locus(catalogue, both, one))


def components(catalogue: Catalogue, frequencies: Numbers) -> Components:
    """Return the additive and the dominance variance of a random-mating population.

    V_A = 2 p q (a + d (q - p))**2 and V_D = (2 p q d)**2 at each locus (equations 8.5 and 8.6), where a is half the
    difference of the homozygotes and d = k a; here a = 1 / (2 LOCI).
    """
    p, q = frequencies, 1 - frequencies
    a = 1 / (2 * LOCI)
    d = _dominance(catalogue) * a
    effect = a + d * (q - p)
    return Components(LOCI * 2 * p * q * effect * effect, LOCI * (2 * p * q * d) ** 2)


def of_offspring(catalogue: Catalogue, first: Genomes, second: Genomes) -> Expected:
    """Return what to expect of the children of one couple, of genomes (2, traits) each.

    A parent passes a high allele on with the share of them it has, 0, 1/2 or 1; mutation at rate u makes that
    x + u (1 - 2 x). Loci are unlinked, so their means and variances add up.
    """
    x, y = _gametes(first), _gametes(second)
    both = x * y
    one = x * (1 - y) + y * (1 - x)
    mean, variance = _locus(catalogue, both, one)
    return Expected(mean.mean(axis=0), variance.sum(axis=0) / LOCI**2)


def _gametes(genome: Genomes) -> Numbers:
    """Return the chance that a gamete is high, (loci, traits)."""
    bits = (genome[np.newaxis] >> np.arange(LOCI, dtype=np.uint16)[:, np.newaxis, np.newaxis]) & np.uint16(1)
    share = bits.mean(axis=1)
    found: Numbers = share + MUTATION_RATE * (1 - 2 * share)
    return found


def _dominance(catalogue: Catalogue) -> Numbers:
    return np.array([trait.dominance / 10 for trait in catalogue.traits])


def _locus(catalogue: Catalogue, both: Numbers, one: Numbers) -> Expected:
    """Return mean and variance of what a locus counts, which has two high alleles or one with these chances."""
    middle = (1 + _dominance(catalogue)) / 2
    mean = both + middle * one
    return Expected(mean, both + middle * middle * one - mean * mean)


def _over_loci(mean: Numbers, variance: Numbers) -> Expected:
    return Expected(mean, variance / LOCI)
