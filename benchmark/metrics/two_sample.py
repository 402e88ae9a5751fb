"""Whether two means over independent runs differ."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.metrics.student import student_p


@dataclass(frozen=True, slots=True)
class Sample:
    """A mean over independent runs, and their spread.

    Attributes
    ----------
    mean : float
    runs : int
        At least 1.
    std : float or None
        The standard deviation of one run (ddof 1); None if it is unknown.
    freedom : float
        The degrees of freedom of `std`, above 0 where there is one: `runs - 1` where it was computed from the runs.
    """

    mean: float
    runs: int
    std: float | None = None
    freedom: float = 0.0


def same_mean_p(one: Sample, other: Sample) -> float | None:
    """Return the two-sided p-value of the hypothesis that two samples have the same mean.

    It is the larger one of two p-values: that of Welch's t-test, and that of Student's t-test with the pooled variance.
    With two to five runs Welch's test alone rejects too often: two runs may agree by chance, and the estimate of the
    error is then far too small. If the true deviations are equal, Student's test is exact for any number of runs. If
    they differ, Welch's test is approximately right.

    If the deviation of one sample is unknown, that of the other is used for both.

    Returns
    -------
    float or None
        None if neither deviation is known.

    References
    ----------
    Welch (1947), Biometrika 34(1-2), 28-35; Satterthwaite (1946), Biometrics Bulletin 2(6), 110-114.

    Examples
    --------
    >>> round(same_mean_p(Sample(0.912, 5, 0.010, 4), Sample(0.919, 10, 0.015, 9)), 2)
    0.37
    """
    known = [sample for sample in (one, other) if sample.std is not None]
    if not known:
        return None
    difference = one.mean - other.mean
    freedom = sum(sample.freedom for sample in known)
    variance = sum(sample.freedom * _square(sample.std) for sample in known) / freedom
    p_value = _p(difference, variance * (1 / one.runs + 1 / other.runs), freedom)
    if len(known) == 2:
        errors = [_square(sample.std) / sample.runs for sample in known]
        spread = sum(error**2 / sample.freedom for error, sample in zip(errors, known, strict=True))
        # Satterthwaite's degrees of freedom; with no spread at all, any number of them gives the same p-value.
        p_value = max(p_value, _p(difference, sum(errors), sum(errors) ** 2 / spread if spread else freedom))
    return p_value


def _p(difference: float, variance: float, freedom: float) -> float:
    if variance == 0:
        return 1.0 if difference == 0 else 0.0
    return student_p(difference / variance**0.5, freedom)


def _square(std: float | None) -> float:
    return 0.0 if std is None else std**2
