"""Questions on assignment markets beside the main one."""
