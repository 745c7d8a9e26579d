//! Settings from variables: parsed once at the start, and a bad one stops it with a sentence that names the variable.

/// A variable that can't be used, as a sentence for the operator. Never holds the value, which may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {reason}")]
pub struct ConfigError {
    /// The name of the variable.
    pub variable: &'static str,
    /// What is wrong with it and what would be right.
    pub reason: String,
}

impl ConfigError {
    /// `reason` goes on after the name: "must be a whole number …".
    pub fn new(variable: &'static str, reason: impl Into<String>) -> Self {
        Self { variable, reason: reason.into() }
    }
}

/// A whole number from `min` to `max`, or nothing when the variable is not set.
pub fn number(
    get: &impl Fn(&str) -> Option<String>,
    variable: &'static str,
    min: u32,
    max: u32,
) -> Result<Option<u32>, ConfigError> {
    let Some(text) = get(variable) else { return Ok(None) };
    match text.parse() {
        Ok(n) if (min..=max).contains(&n) => Ok(Some(n)),
        _ => Err(ConfigError::new(variable, format!("must be a whole number from {min} to {max}"))),
    }
}
