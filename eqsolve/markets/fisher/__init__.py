"""Fisher markets: divisible goods, buyers with budgets."""
