"""Delivery markets with tips: exact equilibria of buyers, stores and couriers."""
