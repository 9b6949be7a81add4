"""The fault points (reliability.md §4) and how each is reached by the modes there are. One list, so that a new point
that nobody kills at is a failing test."""

# Passed by every run of a chunked export to a local folder.
RUN = ("state_migrate", "plan_sealed", "run_registered", "chunk_claimed", "first_batch", "mid_chunk", "footer_written",
       "part_fsynced", "published", "recorded", "chunk_done", "all_done", "manifest_tmp", "manifest_done",
       "success_marker", "cursor_advanced", "metrics_done")
# Passed by `run --resume` after a kill in the middle.
RESUME = ("resume_begin", "orphan_sweep")
# Passed when a unit is tried again; the first name fails it.
RETRY = ("retry_sleep",)
# Passed only where an object store takes the file.
ELSEWHERE = {"upload_open": "a local destination uploads nothing", "upload_mid": "a local destination uploads nothing",
             "upload_done": "a local destination uploads nothing"}
ALL = RUN + RESUME + RETRY + tuple(ELSEWHERE)
