"""The review page of one list, on this machine: decide on drafts and the queue, label nights, see what is covered."""
