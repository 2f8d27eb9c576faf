"""How values are written: tables, moments, names of files."""
