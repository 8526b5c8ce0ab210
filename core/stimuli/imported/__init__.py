"""Pictures from outside: formats, color spaces, budgets, folders."""
