//! Where the signing keys come from.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use meridian_shared::keys::{KeyError, PrivateJwk, SigningKeys};

/// Why there are no keys. Never holds any of them.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The variable.
    #[error("SIGNING_KEYS is {0}")]
    Variable(KeyError),
    /// The file's content.
    #[error("{path} is {source}", path = .0.display(), source = .1)]
    Content(PathBuf, KeyError),
    /// The file can be read by others.
    #[error("{path} can be read by others: run chmod 600 on it", path = .0.display())]
    Readable(PathBuf),
    /// The file itself.
    #[error("{path}: {source}", path = .0.display(), source = .1)]
    File(PathBuf, io::Error),
}

/// The keys of `json` (the value of `SIGNING_KEYS`), or else those in `dir/signing-keys.json`, which is made at first use, readable by its owner only.
/// Processes that start at once end up with the same file.
pub fn load_keys(json: Option<&str>, dir: &Path) -> Result<SigningKeys, KeysError> {
    if let Some(json) = json {
        return SigningKeys::from_json(json).map_err(KeysError::Variable);
    }
    let path = dir.join("signing-keys.json");
    let failed = |e| KeysError::File(path.clone(), e);
    if !path.exists() {
        create(dir, &path).map_err(failed)?;
    }
    if fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(KeysError::Readable(path));
    }
    let content = fs::read_to_string(&path).map_err(failed)?;
    SigningKeys::from_json(&content).map_err(|e| KeysError::Content(path, e))
}

/// Writes the file beside its place and links it there, so that nobody reads half a file and the first of several wins.
fn create(dir: &Path, path: &Path) -> io::Result<()> {
    let (mut seed, mut name) = ([0; 32], [0; 8]);
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    getrandom::fill(&mut name).map_err(io::Error::other)?;
    let kid: String = name.iter().map(|b| format!("{b:02x}")).collect();
    let json = serde_json::to_string(&[PrivateJwk::from_seed(&kid, seed)]).map_err(io::Error::other)?;

    fs::create_dir_all(dir)?;
    let beside = dir.join(format!(".signing-keys-{kid}"));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(json.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_for_their_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let starts: Vec<_> = (0..8)
            .map(|_| {
                let dir = dir.path().to_owned();
                std::thread::spawn(move || load_keys(None, &dir).unwrap().jwks().clone())
            })
            .collect();
        let mut seen: Vec<_> = starts.into_iter().map(|s| s.join().unwrap().keys[0].kid.clone()).collect();
        seen.dedup();
        assert_eq!(seen.len(), 1);
        let path = dir.path().join("signing-keys.json");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "nothing is left beside it");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(load_keys(None, dir.path()), Err(KeysError::Readable(_))));
    }

    #[test]
    fn the_variable_goes_first_and_errors_hold_no_key() {
        let json = serde_json::to_string(&[PrivateJwk::from_seed("a", [7; 32])]).unwrap();
        let nowhere = Path::new("/nonexistent");
        assert_eq!(load_keys(Some(&json), nowhere).unwrap().jwks().keys[0].kid, "a");
        let broken = json.replace(']', "");
        let error = load_keys(Some(&broken), nowhere).unwrap_err().to_string();
        assert!(error.starts_with("SIGNING_KEYS is not a JSON array") && !error.contains("BwcH"), "{error}");
    }
}
