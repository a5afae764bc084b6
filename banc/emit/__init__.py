"""From a graph to the text of every generated file. Nothing here touches a disk."""
