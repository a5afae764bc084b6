"""What can be said of a difference: intervals, tests and corrections, as pure functions of numbers.

In: errors image by image, or one number a seed. Out: differences with interval, n and p. Knows neither
tables nor files. NumPy is all that it needs.
"""
