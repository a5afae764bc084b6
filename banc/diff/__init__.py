"""How two experiments differ, and what the difference costs. Nothing here touches a disk."""
