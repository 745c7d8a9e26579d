//! Argon2id (RFC 9106) on threads of its own.

use std::sync::{Arc, OnceLock};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use async_trait::async_trait;
use meridian_edge_api::ports::{PasswordHasher, PortError, Verdict};
use tokio::sync::Semaphore;

/// How many calls may wait for a thread. More would wait longer than anyone does, and each holds its password.
const WAITING: usize = 64;

/// The work of one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for PasswordCost {
    /// 19 MiB, 2 passes, 1 lane: the minimum of the OWASP Password Storage Cheat Sheet.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, iterations: 2, parallelism: 1 }
    }
}

/// Hashes on blocking threads, at most one a core, with a bounded queue before them.
#[derive(Debug, Clone)]
pub struct Argon2Passwords {
    cost: PasswordCost,
    /// One permit for every call that runs or waits.
    places: Arc<Semaphore>,
    /// One permit for every call that runs.
    threads: Arc<Semaphore>,
    /// The hash that nobody's password has, made at first use.
    dummy: Arc<OnceLock<String>>,
}

impl Argon2Passwords {
    /// Hashes at this cost.
    pub fn new(cost: PasswordCost) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost,
            places: Arc::new(Semaphore::new(threads + WAITING)),
            threads: Arc::new(Semaphore::new(threads)),
            dummy: Arc::default(),
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
        let dummy = self.dummy.clone();
        self.work(move || match phc {
            Some(phc) => verify(cost, &password, &phc),
            None => {
                if dummy.get().is_none() {
                    let _ = dummy.set(hash(cost, "nobody has this password")?);
                }
                verify(cost, &password, dummy.get().map_or("", String::as_str)).map(|_| Verdict::Wrong)
            }
        })
        .await
    }
}

fn argon2(cost: PasswordCost) -> Result<(Argon2<'static>, Params), PortError> {
    let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, None).map_err(port)?;
    Ok((Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone()), params))
}

fn hash(cost: PasswordCost, password: &str) -> Result<String, PortError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(port)?;
    let hash = argon2(cost)?.0.hash_password_with_salt(password.as_bytes(), &salt).map_err(port)?;
    Ok(hash.to_string())
}

fn verify(cost: PasswordCost, password: &str, phc: &str) -> Result<Verdict, PortError> {
    use argon2::password_hash::Error;
    let parsed = PasswordHash::new(phc).map_err(port)?;
    let (argon2, params) = argon2(cost)?;
    match argon2.verify_password(password.as_bytes(), &parsed) {
        Ok(()) => {
            let of_hash = Params::try_from(&parsed).map_err(port)?;
            let same = |p: &Params| (p.m_cost(), p.t_cost(), p.p_cost());
            let current = parsed.algorithm.as_str() == "argon2id" && same(&of_hash) == same(&params);
            Ok(if current { Verdict::Right } else { Verdict::RightButOutdated })
        }
        Err(Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(other) => Err(port(other)),
    }
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
