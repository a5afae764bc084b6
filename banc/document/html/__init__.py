"""A document as one HTML page, which needs nothing but itself: no network, and no script to be read.

In: a document. Out: text. Everything that a person wrote is escaped; a policy in the page's head forbids the
rest. ``page.css`` and ``page.js`` stand beside this file and are put into the page.
"""
