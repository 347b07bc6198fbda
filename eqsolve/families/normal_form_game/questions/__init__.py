"""Questions on normal-form games beside the main one."""
