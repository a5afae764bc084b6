"""What DVC will do, and why, before it does it. Nothing here touches a disk."""
