"""Answers, made from the world; none of them changes it or waits for anything."""
