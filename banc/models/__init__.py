"""Networks for small images, as their papers draw them; and building, trying and counting networks.

Every network here has ``stem``, its first convolution, and ``classifier``, its last linear layer, so that
a student can share them with its teacher; it maps images (B, C, H, W) to logits (B, classes). A person's
own network (``factory``, ``torchvision``) owes the last only.
"""
