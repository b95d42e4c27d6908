"""The nights of many lists by workers on one database, measured and checked."""
