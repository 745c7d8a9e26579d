//! Which files a board takes: images, recognised by their first bytes and not by what the sender calls them.

use http::HeaderMap;
use meridian_shared::image::{ImageKind, MEDIA_TYPES};
use sha2::{Digest, Sha256};

use crate::{auth::secret::hex, error::Error, request::body::media_type};

/// The declared type, if it is one that is taken.
pub(super) fn declared(headers: &HeaderMap) -> Result<&'static str, Error> {
    let declared = media_type(headers).unwrap_or_default();
    MEDIA_TYPES.iter().copied().find(|t| *t == declared).ok_or(WRONG_TYPE)
}

const WRONG_TYPE: Error =
    Error::WrongContentType("image/png, image/jpeg, image/gif or image/webp, and content of that type");

/// Checks that the content is of the declared type and has the hash that is its name.
pub(super) fn check(content: &[u8], declared: &str, name: &str) -> Result<(), Error> {
    if ImageKind::of(content).map(ImageKind::media_type) != Some(declared) {
        return Err(WRONG_TYPE);
    }
    if hex(&Sha256::digest(content)) != name {
        return Err(Error::HashMismatch);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_hash_of_the_content() {
        let content = b"GIF89a";
        let name = hex(&Sha256::digest(content));
        assert_eq!(check(content, "image/gif", &name), Ok(()));
        assert_eq!(check(content, "image/png", &name), Err(WRONG_TYPE));
        assert_eq!(check(content, "image/gif", &"0".repeat(64)), Err(Error::HashMismatch));
    }
}
