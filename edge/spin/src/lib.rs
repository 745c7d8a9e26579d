//! The HTTP API as a Spin component.
