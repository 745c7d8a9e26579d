//! One command: its name and arguments, and whether it may be sent twice.

use std::fmt;

/// An argument. Redis knows only bytes; the kinds spare copies and conversions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    /// Text.
    Text(String),
    /// A whole number, in decimal digits on the wire.
    Int(i64),
    /// Bytes of any kind. What is not UTF-8 can't travel by REST as an argument.
    Bytes(Vec<u8>),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Arg {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<Vec<u8>> for Arg {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for Arg {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// A command. The constructors for those that the program uses are beside it (`Command::get`, `Command::set_new`, …).
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    args: Vec<Arg>,
    repeatable: bool,
}

impl Command {
    /// A command by name, which is not sent again after it may have been executed.
    pub fn new(name: &str) -> Self {
        Self { args: vec![name.into()], repeatable: false }
    }

    /// From name and arguments; `None` without a name.
    pub fn from_args(args: Vec<Arg>) -> Option<Self> {
        (!args.is_empty()).then_some(Self { args, repeatable: false })
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<Arg>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<Arg>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Says that to execute it twice is the same as once: a client whose first attempt was lost on the way may send it again.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Whether it may be sent again after it may have been executed.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Name and arguments as they travel.
    pub fn parts(&self) -> &[Arg] {
        &self.args
    }

    /// The name; empty when it isn't text.
    pub fn name(&self) -> &str {
        match self.args.first() {
            Some(Arg::Text(name)) => name,
            _ => "",
        }
    }
}

/// The name and the number of arguments: these may be secrets, or long.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} arguments)", self.name(), self.args.len().saturating_sub(1))
    }
}
