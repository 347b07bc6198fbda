"""Questions on delivery markets beside the main one."""
