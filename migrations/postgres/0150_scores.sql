-- What is erased of a case: its scores, among those of every round.
CREATE INDEX review_score_case ON review_score (case_id);
