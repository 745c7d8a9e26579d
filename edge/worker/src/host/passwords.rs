//! Argon2id in an isolate: one thread and 128 MB for everyone.
//!
//! A hash takes 19 MiB and about 60 ms, and nothing else runs meanwhile: there is never more than one at work. Those that wait for their turn are counted, since
//! each holds its request and its password; the one too many is refused at once.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use async_trait::async_trait;
use meridian_edge_api::{
    passwords::{self, PasswordCost},
    ports::{PasswordHasher, PortError, Verdict},
};
use worker::{Delay, send::SendFuture};

/// How many may be at work or wait: about two seconds' worth.
const PLACES: usize = 32;

/// What each waits before its turn, so that requests that came meanwhile are let in, counted, and may finish.
const PAUSE: Duration = Duration::from_millis(1);

/// Hashes one after the other.
#[derive(Debug)]
pub(crate) struct Passwords {
    cost: PasswordCost,
    taken: AtomicUsize,
}

/// A taken place; dropped, also with a request that was given up, it is free again.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> Self {
        Self { cost, taken: AtomicUsize::new(0) }
    }

    /// A place, once others have had the chance to run.
    async fn turn(&self) -> Result<Place<'_>, PortError> {
        let place = Place(&self.taken);
        if self.taken.fetch_add(1, Relaxed) >= PLACES {
            return Err(PortError("too many passwords to hash".into()));
        }
        SendFuture::new(Delay::from(PAUSE)).await;
        Ok(place)
    }
}

#[async_trait]
impl PasswordHasher for Passwords {
    async fn hash(&self, password: &str) -> Result<String, PortError> {
        let _place = self.turn().await?;
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|e| PortError(e.to_string()))?;
        passwords::hash(self.cost, password, salt)
    }

    async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Verdict, PortError> {
        let _place = self.turn().await?;
        match hash {
            Some(hash) => passwords::verify(self.cost, password, hash),
            None => passwords::verify_nobody(self.cost, password),
        }
    }
}
