//! `batch/v1`: up to 25 requests in one (WordPress REST handbook, Batch).
