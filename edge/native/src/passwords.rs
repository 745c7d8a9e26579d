//! Argon2id (RFC 9106) on threads of its own.

use std::sync::Arc;

use async_trait::async_trait;
use meridian_edge_api::{
    passwords::{self, PasswordCost},
    ports::{PasswordHasher, PortError, Verdict},
};
use tokio::sync::Semaphore;

/// How many calls may wait for a thread. More would wait longer than anyone does, and each holds its password.
const WAITING: usize = 64;

/// Hashes on blocking threads, at most one a core, with a bounded queue before them.
#[derive(Debug, Clone)]
pub struct Argon2Passwords {
    cost: PasswordCost,
    /// One permit for every call that runs or waits.
    places: Arc<Semaphore>,
    /// One permit for every call that runs.
    threads: Arc<Semaphore>,
}

impl Argon2Passwords {
    /// Hashes at this cost.
    pub fn new(cost: PasswordCost) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost,
            places: Arc::new(Semaphore::new(threads + WAITING)),
            threads: Arc::new(Semaphore::new(threads)),
        }
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        let _place = self.places.try_acquire().map_err(|_| PortError("too many passwords to hash".into()))?;
        let permit = self.threads.clone().acquire_owned().await.map_err(port)?;
        // The permit goes along: a call that is given up still occupies its thread.
        let done = tokio::task::spawn_blocking(move || (work(), permit).0).await;
        done.map_err(port)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Passwords {
    async fn hash(&self, password: &str) -> Result<String, PortError> {
        let (cost, password) = (self.cost, password.to_owned());
        self.work(move || hash(cost, &password)).await
    }

    async fn verify(&self, password: &str, phc: Option<&str>) -> Result<Verdict, PortError> {
        let (cost, password, phc) = (self.cost, password.to_owned(), phc.map(str::to_owned));
        self.work(move || match phc {
            Some(phc) => passwords::verify(cost, &password, &phc),
            None => passwords::verify_nobody(cost, &password),
        })
        .await
    }
}

fn hash(cost: PasswordCost, password: &str) -> Result<String, PortError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(port)?;
    passwords::hash(cost, password, salt)
}

fn port(error: impl std::fmt::Display) -> PortError {
    PortError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: PasswordCost = PasswordCost { memory_kib: 8, iterations: 1, parallelism: 1 };

    #[tokio::test]
    async fn hashes_are_salted_phc_strings_that_know_their_cost() {
        let passwords = Argon2Passwords::new(CHEAP);
        let (one, two) = (passwords.hash("secret").await.unwrap(), passwords.hash("secret").await.unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{one}");
        assert_ne!(one, two);
        assert_eq!(passwords.verify("secret", Some(&one)).await, Ok(Verdict::Right));
        assert_eq!(passwords.verify("Secret", Some(&one)).await, Ok(Verdict::Wrong));
        assert_eq!(passwords.verify("secret", None).await, Ok(Verdict::Wrong));
        assert_eq!(passwords.verify("nobody has this password", None).await, Ok(Verdict::Wrong));
        let stronger = Argon2Passwords::new(PasswordCost { memory_kib: 16, ..CHEAP });
        assert_eq!(stronger.verify("secret", Some(&one)).await, Ok(Verdict::RightButOutdated));
        assert!(passwords.verify("secret", Some("garbage")).await.is_err());
    }

    #[tokio::test]
    async fn no_more_than_the_bounded_queue_waits() {
        let passwords = Argon2Passwords::new(CHEAP);
        let _all =
            passwords.places.acquire_many((passwords.places.available_permits()) as u32).await.unwrap();
        assert!(passwords.hash("secret").await.is_err());
    }
}
