//! `cargo xtask keys`: a signing key for `SIGNING_KEYS`.

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::process::ExitCode;

/// Prints a new one.
pub(crate) fn run() -> Result<ExitCode> {
    println!("{}", signing_keys()?);
    Ok(ExitCode::SUCCESS)
}

/// A value for `SIGNING_KEYS`: a JSON array of one Ed25519 private key (JWK, RFC 8037).
pub(crate) fn signing_keys() -> Result<String> {
    let (kid, seed) = (random::<8>()?, random::<32>()?);
    let kid: String = kid.iter().map(|byte| format!("{byte:02x}")).collect();
    let d = URL_SAFE_NO_PAD.encode(seed);
    Ok(format!(r#"[{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","d":"{d}"}}]"#))
}

/// Any secret of 32 bytes, as URL-safe text.
pub(crate) fn secret() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok().context("the system gives no random numbers")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_and_have_their_length() {
        let (one, two) = (signing_keys().unwrap(), signing_keys().unwrap());
        assert_ne!(one, two);
        let (_, d) = one.split_once(r#""d":""#).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(d.trim_end_matches("\"}]")).unwrap().len(), 32);
    }
}
