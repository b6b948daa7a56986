"""Everything that changes a wall, one verb each; all of it goes through the ledger."""
