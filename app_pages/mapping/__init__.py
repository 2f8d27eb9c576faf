"""Maps in a page: base maps, tiles, sheets to print."""
