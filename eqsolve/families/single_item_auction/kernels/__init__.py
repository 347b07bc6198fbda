"""Compiled code of single-item auctions."""
