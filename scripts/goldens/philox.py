"""Philox4x32-10 in NumPy: the same numbers as packages/tensor/src/random.ts, which says what they mean."""

import numpy as np

MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
WEYL_STEPS = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
LOW = np.uint64(0xFFFFFFFF)
WORD = np.uint64(32)


def philox(key, counter):
    """Encrypts counters, an array [..., 4], under a key of two words; gives uint32 [..., 4]."""
    k0, k1 = (np.uint64(word) for word in key)
    c0, c1, c2, c3 = np.moveaxis(np.asarray(counter, dtype=np.uint64), -1, 0)
    for _ in range(10):
        product0, product1 = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (
            (product1 >> WORD) ^ c1 ^ k0,
            product1 & LOW,
            (product0 >> WORD) ^ c3 ^ k1,
            product0 & LOW,
        )
        k0, k1 = (k0 + WEYL_STEPS[0]) & LOW, (k1 + WEYL_STEPS[1]) & LOW
    return np.stack([c0, c1, c2, c3], axis=-1).astype(np.uint32)


def random_bits(size, seed, stream, counter=0):
    """Element i is word i mod 4 of block i // 4."""
    blocks = np.zeros((-(-size // 4), 4), dtype=np.uint64)
    blocks[:, 0] = np.arange(blocks.shape[0])
    blocks[:, 2] = counter
    blocks[:, 3] = stream
    return philox((seed & 0xFFFFFFFF, seed >> 32), blocks).reshape(-1)[:size]


def uniform(size, low, high, seed, stream, counter=0):
    """float32 numbers of [low, high), scaled in float64 and rounded once."""
    fractions = (random_bits(size, seed, stream, counter) >> 8).astype(np.float64) * 2.0**-24
    return (low + fractions * (high - low)).astype(np.float32)


def check_known_answers():
    """The answers published with Random123 (kat_vectors, philox4x32 10)."""
    ones = 0xFFFFFFFF
    answers = [
        ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ones, ones), (ones,) * 4, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0xA4093822, 0x299F31D0),
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ]
    for key, counter, expected in answers:
        assert tuple(int(word) for word in philox(key, counter)) == expected, (key, counter)
