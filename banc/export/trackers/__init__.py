"""Finished runs in the tracker that a group looks at: TensorBoard, MLflow, or Weights & Biases.

From files alone, after the fact: no run depends on any of this. ``choose`` says which runs are meant,
``gather`` makes a ``Record`` of each, and ``write`` gives them to a tracker. Each tracker's library is an
extra, and enters by one module.
"""
