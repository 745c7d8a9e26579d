//! Argon2id in an instance: there are no threads, so the request that needs a hash computes it. How many instances may work at once is Spin's to bound.

use async_trait::async_trait;
use meridian_edge_api::{
    passwords::{self, PasswordCost},
    ports::{PasswordHasher, PortError, Verdict},
};

/// Hashes at this cost, where it is called.
#[derive(Debug)]
pub(crate) struct InlinePasswords(pub(crate) PasswordCost);

#[async_trait]
impl PasswordHasher for InlinePasswords {
    async fn hash(&self, password: &str) -> Result<String, PortError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|e| PortError(e.to_string()))?;
        passwords::hash(self.0, password, salt)
    }

    async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Verdict, PortError> {
        match hash {
            Some(hash) => passwords::verify(self.0, password, hash),
            None => passwords::verify_nobody(self.0, password),
        }
    }
}
