"""What no spec needs any more: finding it, and deleting it where somebody says so."""
