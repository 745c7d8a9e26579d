//! What runs in an isolate.

mod clock;
mod console;
mod d1;
mod fetch;
mod http_client;
mod isolate;
mod limit;
mod nodes;
mod passwords;
mod postgres;
mod problem;
mod request;
mod upgrade;
