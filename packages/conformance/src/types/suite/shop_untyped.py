"""Nothing is annotated here."""


def double(value, times=2):
    return value * times
