"""Networks for small images, as their papers draw them. Only ``build`` knows banc's vocabulary.

Every network has ``stem``, its first convolution, and ``classifier``, its last linear layer, so that
a student can share them with its teacher; it maps images (B, C, H, W) to logits (B, classes).
"""
