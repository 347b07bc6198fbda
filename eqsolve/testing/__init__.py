"""Hypothesis strategies for instances of every kind, for our tests and for yours."""

from eqsolve.testing.assignment import assignment_markets
from eqsolve.testing.delivery import delivery_markets, rival_courier_markets
from eqsolve.testing.fisher import (
    cobb_douglas_markets,
    equal_budget_markets,
    fisher_markets,
    linear_fisher_markets,
    quasi_linear_markets,
)
from eqsolve.testing.model_market import model_markets, rival_model_markets
from eqsolve.testing.normal_form import normal_form_games
from eqsolve.testing.trading import trading_networks

__all__ = [
    "assignment_markets",
    "cobb_douglas_markets",
    "delivery_markets",
    "equal_budget_markets",
    "fisher_markets",
    "linear_fisher_markets",
    "model_markets",
    "normal_form_games",
    "quasi_linear_markets",
    "rival_courier_markets",
    "rival_model_markets",
    "trading_networks",
]
