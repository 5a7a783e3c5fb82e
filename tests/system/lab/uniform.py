"""Whether bytes are as random ones are: for each position of a stream, over many streams, chi-square
of the 256 values, with a bound that random bytes pass together but for one run in a million."""

import statistics

FALSE_ALARM = 1e-6  # for all positions of a run together
VALUES = 256


def bound(positions):
    """Of chi-square with 255 degrees of freedom (Wilson and Hilferty), for each of so many."""
    degrees = VALUES - 1
    z = statistics.NormalDist().inv_cdf(1 - FALSE_ALARM / positions)
    part = 2 / (9 * degrees)
    return degrees * (1 - part + z * part**0.5) ** 3


def chi_square(data):
    expected = len(data) / VALUES
    return sum((data.count(value) - expected) ** 2 for value in range(VALUES)) / expected


def skewed(streams):
    """Positions whose bytes are not uniform: {position: chi-square}. Streams are cut to the shortest."""
    length = min(map(len, streams))
    assert length > 0, "nothing to judge"
    most = bound(length)
    columns = (bytes(stream[i] for stream in streams) for i in range(length))
    found = {i: chi_square(column) for i, column in enumerate(columns)}
    return {i: value for i, value in found.items() if value > most}
