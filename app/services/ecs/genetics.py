"""Inheritance: diploid genomes of many small loci, with dominance, segregation and mutation.

The model is that of Falconer & Mackay, "Introduction to Quantitative Genetics" (4th edition, 1996), chapters 7 and 8:
each trait has `LOCI` unlinked loci of equal effect with two alleles, low and high. A locus of two high alleles counts
1, of two low ones 0, and of one each (1 + k) / 2, where k is the degree of dominance of the trait. The genotypic value
is the mean over the loci, so it lies in 0..1 whatever is inherited. The phenotype adds an environmental deviation that
is drawn once, at birth, and not inherited.

A genome is an array of (2, traits) 16-bit words: bit i of a word is the allele at locus i, the first row came from the
first parent. So meiosis is a random mask, mutation flips bits, and all of it is integer arithmetic: bit-identical
anywhere, 44 traits of 10,000 offspring in 30 ms. What to expect of it is in `genetics_theory.py`.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from app.services.ecs.catalogue import SCALE, Catalogue, Spirit
from app.services.ecs.randomness import BELL_BOUND, Stream, Words

LOCI = 16
"""For each trait: one allele moves it by 1/32, and founders of tendency 0.5 have a standard deviation of 0.09."""

MUTATION_BITS = 9
"""An allele mutates with probability 2**-9: of an offspring's 1,408 do 2.75, each moving its trait by about 1/32. That
is hundreds of times the rate of nature, for worlds that see tens of generations, not thousands."""

MUTATION_RATE = 2.0**-MUTATION_BITS

ENVIRONMENT = 0.5
"""Bound of the environmental deviation, as a share of the way to the nearer end of 0..1. With it the heritability of an
additive trait among founders of tendency 0.5 is two thirds: more than is usual (0.46 for shape and 0.30 for behaviour:
Mousseau & Roff, Heredity 1987), so that breeding shows within a few generations."""

Genomes = NDArray[np.uint16]
"""(n, 2, traits)."""

Traits = NDArray[np.int32]
"""(n, traits), in ten-thousandths."""

_FIELDS = 4
"""16-bit fields in a word of chance."""


def allele_frequency(tendency: int, dominance: int) -> float:
    """Return the frequency p of the high allele at which the mean of a trait is its tendency.

    The mean is p**2 + p (1 - p) (1 + k) = p + k p (1 - p) (chapter 7, equation 7.2, with the low homozygote at 0 and
    the high one at 1), solved for p.

    Args:
        tendency: The mean, in ten-thousandths.
        dominance: k, in tenths.
    """
    mean, k = tendency / SCALE, dominance / 10
    return 2 * mean / (1 + k + sqrt((1 + k) * (1 + k) - 4 * k * mean))


def allele_frequencies(catalogue: Catalogue, spirit: Spirit) -> NDArray[np.float64]:
    """Return the frequency of the high alleles of each trait among the founders of a spirit."""
    pairs = zip(spirit.tendencies, catalogue.traits, strict=True)
    return np.array([allele_frequency(tendency, trait.dominance) for tendency, trait in pairs])


def founders(frequencies: NDArray[np.float64], stream: Stream, numbers: Words) -> Genomes:
    """Return the genome of each new agent that has no parents.

    Args:
        frequencies: Of the high alleles, (traits,) for all or (n, traits).
        stream: Used for nothing else.
        numbers: The agents' own numbers; the same one always gives the same genome.
    """
    traits = frequencies.shape[-1]
    fields = _fields(stream, numbers, 2 * traits * LOCI // _FIELDS).reshape(len(numbers), 2, traits, LOCI)
    thresholds = np.rint(frequencies * 0x10000).astype(np.uint32)
    high = fields < thresholds.reshape(-1, 1, traits, 1)
    genomes: Genomes = np.packbits(high, axis=-1, bitorder="little").view("<u2")[..., 0].astype(np.uint16)
    return genomes


def offspring(first: Genomes, second: Genomes, stream: Stream, numbers: Words) -> Genomes:
    """Return the genome of a child of each couple: at each locus one allele of either parent, as likely, then mutation.

    Args:
        first: Genomes of the first parents, (n, 2, traits); row i and row i of `second` are a couple.
        second: Genomes of the second parents.
        stream: Used for nothing else.
        numbers: The children's own numbers.
    """
    count, _, traits = first.shape
    drawn = _fields(stream, numbers, (1 + MUTATION_BITS) * _whole_words(2 * traits))
    drawn = drawn.reshape(count, 1 + MUTATION_BITS, -1)[:, :, : 2 * traits].reshape(count, -1, 2, traits)
    parents = np.stack((first, second), axis=1)
    choice = drawn[:, 0]
    gametes: Genomes = (parents[:, :, 0] & choice) | (parents[:, :, 1] & ~choice)
    mutated: Genomes = np.bitwise_and.reduce(drawn[:, 1:], axis=1)  # a bit that is set in nine random words
    return np.bitwise_xor(gametes, mutated)


def genotypic_values(catalogue: Catalogue, genomes: Genomes) -> Traits:
    """Return the genotypic values, rounded to ten-thousandths."""
    dominance = np.array([trait.dominance for trait in catalogue.traits], dtype=np.int32)
    both = np.bitwise_count(genomes[:, 0] & genomes[:, 1]).astype(np.int32)
    one = np.bitwise_count(genomes[:, 0] ^ genomes[:, 1]).astype(np.int32)
    most = 20 * LOCI
    values: Traits = (SCALE * (20 * both + (10 + dominance) * one) + most // 2) // most
    return values


def phenotypes(catalogue: Catalogue, genomes: Genomes, stream: Stream, numbers: Words) -> Traits:
    """Return the traits: genotypic values, each with an environmental deviation.

    The deviation has mean 0 and reaches at most `ENVIRONMENT` of the way to 0 or 1, whichever is nearer.

    Args:
        catalogue: Knows the dominance of the traits.
        genomes: (n, 2, traits).
        stream: Used for nothing else.
        numbers: The agents' own numbers.
    """
    values = genotypic_values(catalogue, genomes)
    traits = values.shape[1]
    bells = stream.bells(_numbers(numbers, traits))
    room = np.minimum(values, SCALE - values)
    deviations: Traits = np.rint(room * bells * (ENVIRONMENT / BELL_BOUND)).astype(np.int32)
    return values + deviations


def _whole_words(fields: int) -> int:
    return -(-fields // _FIELDS)


def _numbers(numbers: Words, each: int) -> Words:
    """Return the numbers of the words of each agent, (n, each): those of different agents never meet."""
    found: Words = numbers[:, np.newaxis] * np.uint64(each)
    return np.add(found, np.arange(each, dtype=np.uint64))


def _fields(stream: Stream, numbers: Words, words: int) -> NDArray[np.uint16]:
    """Return 16 random bits at a time, (n, 4 * words), the lowest of a word first on any machine."""
    return stream.words(_numbers(numbers, words)).astype("<u8").view("<u2").astype(np.uint16)
