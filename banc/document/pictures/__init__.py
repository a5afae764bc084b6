"""The pictures of a document, for page and paper: the one door to matplotlib.

In: panels. Out: axes that are drawn on; ``svg`` and ``paper`` make files of them. matplotlib comes with the
extra ``banc[plots]``; who needs it is told so.
"""
