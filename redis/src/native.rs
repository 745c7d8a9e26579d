//! Redis from a native process, on tokio: RESP over TCP or TLS, and HTTPS for the REST client.

mod connection;
mod convert;
mod https;
mod subscription;

pub use connection::NativeRedis;
pub use https::HttpsTransport;
pub use subscription::{Heard, Subscription};

/// rustls asks for its cryptography by name where several are compiled in. An earlier choice of the program stands.
fn choose_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
