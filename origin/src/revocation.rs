//! Rights that end or change reach the connections that rest on them, by two ways: a message, which is fast and may be lost ([`bus`]), and the notes that the
//! edge makes with the change, which are there if and only if the change is ([`reader`]). Both are hints to look: the connection then asks for its right.

pub mod bus;
pub mod reader;
