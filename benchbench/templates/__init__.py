"""Templates of new plugins, and what makes a plugin from one."""
