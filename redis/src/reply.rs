//! What Redis answers.

use std::fmt;

/// An answer. Redis' status lines and its strings are both text here.
#[derive(Clone, PartialEq, Eq)]
pub enum Reply {
    /// Nothing there.
    Nil,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// A string that is not UTF-8.
    Bytes(Vec<u8>),
    /// Several.
    Array(Vec<Reply>),
}

impl Reply {
    /// A string of any bytes: [`Reply::Text`] where it is UTF-8.
    pub fn string(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Bytes(error.into_bytes()),
        }
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, also where it comes as decimal digits: scripts answer large numbers so.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The elements, if there are several.
    pub fn as_array(&self) -> Option<&[Reply]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Whether nothing was there.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }
}

/// Kinds and sizes: what Redis keeps may be secret, or long.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("Nil"),
            Self::Int(number) => write!(f, "Int({number})"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Array(items) => f.debug_list().entries(items).finish(),
        }
    }
}
