"""Model markets: which models competing platforms adopt, and how well users are served."""
