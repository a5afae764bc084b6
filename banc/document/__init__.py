"""A report as a document: tables, pictures and where each number comes from, set as a page or for paper.

In: specs, their graph, and what a workspace holds. Out: a ``Document``, which ``pictures`` draws and ``html``
sets. It stands above the report, the plan and the provenance, whose values it holds, and runs nothing.
"""
