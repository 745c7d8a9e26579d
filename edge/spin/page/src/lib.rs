//! The board page as a Spin component.
