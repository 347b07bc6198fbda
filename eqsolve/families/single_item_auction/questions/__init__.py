"""What else can be asked about single-item auctions."""
