//! Readers of files: each turns one format into a [`Document`](crate::model::document::Document).
