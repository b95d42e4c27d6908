"""Nights of many lists: one after the other, or as jobs that workers on several machines take."""
