"""People as judges: studies of realism that a lab runs in a browser, and what their answers say."""
