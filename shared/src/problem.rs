//! Errors as callers see them: RFC 9457 problem documents.

use serde::{Deserialize, Serialize};

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Path of the field, such as `email` or `query.limit`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

/// The body of every error answer, `application/problem+json`. Holds nothing that the caller may not see; causes go to the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI naming the kind of problem: `urn:meridian:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words, the same for every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This occurrence in a sentence: what was wrong and what to do.
    pub detail: String,
    /// The kind for machines; never changes.
    pub code: String,
    /// Every wrong field, for `validation_failed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(status: u16, code: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:meridian:problem:{code}"),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            code: code.to_owned(),
            errors: Vec::new(),
        }
    }

    /// The media type of the body.
    pub const CONTENT_TYPE: &'static str = "application/problem+json";
}
