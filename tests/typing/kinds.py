"""What `solve` returns for each kind, without a cast: `require()` is the kind's own solution."""

from __future__ import annotations

from typing import Any, assert_type

import eqsolve


def assignment_market(instance: eqsolve.AssignmentMarket) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.AssignmentSolution])
    assert_type(result.require(), eqsolve.AssignmentSolution)
    assert_type(claimed.require(), eqsolve.AssignmentSolution)
    assert_type(result["Ann"]["price"], Any)


def fisher_market(instance: eqsolve.FisherMarket) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.FisherSolution])
    assert_type(result.require(), eqsolve.FisherSolution)
    assert_type(claimed.require(), eqsolve.FisherSolution)
    assert_type(result["Ann"]["price"], Any)


def delivery_market(instance: eqsolve.DeliveryMarket) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.DeliverySolution])
    assert_type(result.require(), eqsolve.DeliverySolution)
    assert_type(claimed.require(), eqsolve.DeliverySolution)
    assert_type(result["Ann"]["price"], Any)


def trading_network(instance: eqsolve.TradingNetwork) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.TradingSolution])
    assert_type(result.require(), eqsolve.TradingSolution)
    assert_type(claimed.require(), eqsolve.TradingSolution)
    assert_type(result["Ann"]["price"], Any)


def model_market(instance: eqsolve.ModelMarket) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.ModelMarketSolution])
    assert_type(result.require(), eqsolve.ModelMarketSolution)
    assert_type(claimed.require(), eqsolve.ModelMarketSolution)
    assert_type(result["Ann"]["price"], Any)


def normal_form_game(instance: eqsolve.NormalFormGame) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.NormalFormSolution])
    assert_type(result.require(), eqsolve.NormalFormSolution)
    assert_type(claimed.require(), eqsolve.NormalFormSolution)
    assert_type(result["Ann"]["price"], Any)


def contract_mdp(instance: eqsolve.ContractMDP) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.ContractSolution])
    assert_type(result.require(), eqsolve.ContractSolution)
    assert_type(claimed.require(), eqsolve.ContractSolution)
    assert_type(result["Ann"]["price"], Any)


def contract_game(instance: eqsolve.ContractGame) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.ContractGameSolution])
    assert_type(result.require(), eqsolve.ContractGameSolution)
    assert_type(claimed.require(), eqsolve.ContractGameSolution)
    assert_type(result["Ann"]["price"], Any)


def combinatorial_auction(instance: eqsolve.CombinatorialAuction) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.AuctionSolution])
    assert_type(result.require(), eqsolve.AuctionSolution)
    assert_type(claimed.require(), eqsolve.AuctionSolution)
    assert_type(result["Ann"]["price"], Any)


def collusion_dynamics(instance: eqsolve.CollusionDynamics) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.CollusionSolution])
    assert_type(result.require(), eqsolve.CollusionSolution)
    assert_type(claimed.require(), eqsolve.CollusionSolution)
    assert_type(result["Ann"]["price"], Any)


def course_allocation(instance: eqsolve.CourseAllocation) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.CourseAllocationSolution])
    assert_type(result.require(), eqsolve.CourseAllocationSolution)
    assert_type(claimed.require(), eqsolve.CourseAllocationSolution)
    assert_type(result["Ann"]["price"], Any)


def token_auction(instance: eqsolve.TokenAuction) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.TokenSolution])
    assert_type(result.require(), eqsolve.TokenSolution)
    assert_type(claimed.require(), eqsolve.TokenSolution)
    assert_type(result["Ann"]["price"], Any)


def auction_design(instance: eqsolve.AuctionDesign) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.DesignSolution])
    assert_type(result.require(), eqsolve.DesignSolution)
    assert_type(claimed.require(), eqsolve.DesignSolution)
    assert_type(result["Ann"]["price"], Any)


def single_item_auction(instance: eqsolve.SingleItemAuction) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.SingleItemAuctionSolution])
    assert_type(result.require(), eqsolve.SingleItemAuctionSolution)
    assert_type(claimed.require(), eqsolve.SingleItemAuctionSolution)
    assert_type(result["Ann"]["price"], Any)


def auction_experiment(instance: eqsolve.AuctionExperiment) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.ExperimentRecord])
    assert_type(result.require(), eqsolve.ExperimentRecord)
    assert_type(claimed.require(), eqsolve.ExperimentRecord)
    assert_type(result["Ann"]["price"], Any)


def course_elicitation(instance: eqsolve.CourseElicitation) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.ElicitationRecord])
    assert_type(result.require(), eqsolve.ElicitationRecord)
    assert_type(claimed.require(), eqsolve.ElicitationRecord)
    assert_type(result["Ann"]["price"], Any)


def dec_pomdp(instance: eqsolve.DecPOMDP) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.DecPOMDPSolution])
    assert_type(result.require(), eqsolve.DecPOMDPSolution)
    assert_type(claimed.require(), eqsolve.DecPOMDPSolution)
    assert_type(result["Ann"]["price"], Any)
