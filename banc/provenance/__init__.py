"""Where a number comes from, and what depends on it. Nothing here touches a disk."""
