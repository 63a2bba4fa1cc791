def fast(data, *, scale=1):
    """Quick, and typed in a stub."""
    return [scale * value for value in data]
