"""Questions on trading networks beside the main one."""
