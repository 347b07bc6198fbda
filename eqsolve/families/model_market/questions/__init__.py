"""Questions on model markets beside the main one."""
