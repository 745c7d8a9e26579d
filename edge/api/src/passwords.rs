//! Argon2id (RFC 9106): the arithmetic, without threads. How many run at once is the host's business ([`crate::ports::PasswordHasher`]).

use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error, PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};

use crate::ports::{PortError, Verdict};

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

fn argon2(cost: PasswordCost) -> Result<(Argon2<'static>, Params), PortError> {
    let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, None).map_err(port)?;
    Ok((Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone()), params))
}

/// A hash as a PHC string. `salt` is random.
pub fn hash(cost: PasswordCost, password: &str, salt: [u8; 16]) -> Result<String, PortError> {
    let hash = argon2(cost)?.0.hash_password_with_salt(password.as_bytes(), &salt).map_err(port)?;
    Ok(hash.to_string())
}

/// Compares a password with a PHC string.
pub fn verify(cost: PasswordCost, password: &str, phc: &str) -> Result<Verdict, PortError> {
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

/// The work of [`verify`] for an address that nobody has, so that the time does not tell: a hash of the same cost.
pub fn verify_nobody(cost: PasswordCost, password: &str) -> Result<Verdict, PortError> {
    hash(cost, password, [0; 16]).map(|_| Verdict::Wrong)
}

fn port(error: impl fmt::Display) -> PortError {
    PortError(error.to_string())
}
