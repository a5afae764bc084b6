"""Where images come from, each way in checked against a digest before a byte is used.

``official`` reads what authors published, ``folder`` and ``arrays`` what a user has, ``digits`` what
ships inside scikit-learn. Out: a ``Split``.
"""
