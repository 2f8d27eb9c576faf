"""A plan -> how sure it is, and plans that stand many possible demands."""
