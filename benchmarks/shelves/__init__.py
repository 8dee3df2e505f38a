"""How a detector on weighing shelves is judged: matching, counting, intervals, and the published recipe."""
