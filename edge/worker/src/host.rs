//! What runs in an isolate.

mod answer;
mod clock;
mod console;
mod d1;
mod fetch;
mod http_client;
mod isolate;
mod limit;
mod nodes;
mod page;
mod passwords;
mod postgres;
mod request;
mod upgrade;
mod upstash;
