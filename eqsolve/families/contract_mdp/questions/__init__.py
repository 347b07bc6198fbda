"""What else can be asked of contracts: one module per question."""
