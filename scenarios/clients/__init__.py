"""What the scenarios share: the open model, the recorder, the ledger of writes, and the load process around them."""
