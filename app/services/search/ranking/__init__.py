"""Ranking for code: the places of candidates on the legs, times what speaks for or against each of them.

Pure functions: nothing here reads the index. `understand` reads the question, `rank` orders the candidates.
"""

from app.services.search.ranking.hit import Hit
from app.services.search.ranking.order import rank
from app.services.search.ranking.question import Question, QuestionKind, understand

__all__ = ["Hit", "Question", "QuestionKind", "rank", "understand"]
