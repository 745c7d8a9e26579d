//! Which files a board takes: images, recognised by their first bytes and not by what the sender calls them.

use http::HeaderMap;
use sha2::{Digest, Sha256};

use crate::{auth::secret::hex, error::Error, request::body::media_type};

/// The largest file, in bytes.
pub(super) const LIMIT: usize = 5 * 1024 * 1024;

/// The types that are taken. None of them can carry script.
pub(crate) const MEDIA_TYPES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Whether a text is a file's name: a SHA-256 in lower-case hexadecimal.
pub(super) fn is_name(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The declared type, if it is one that is taken.
pub(super) fn declared(headers: &HeaderMap) -> Result<&'static str, Error> {
    let declared = media_type(headers).unwrap_or_default();
    MEDIA_TYPES.iter().copied().find(|t| *t == declared).ok_or(WRONG_TYPE)
}

const WRONG_TYPE: Error =
    Error::WrongContentType("image/png, image/jpeg, image/gif or image/webp, and content of that type");

/// Checks that the content is of the declared type and has the hash that is its name.
pub(super) fn check(content: &[u8], declared: &str, name: &str) -> Result<(), Error> {
    if sniff(content) != Some(declared) {
        return Err(WRONG_TYPE);
    }
    if hex(&Sha256::digest(content)) != name {
        return Err(Error::HashMismatch);
    }
    Ok(())
}

/// The type by magic bytes (WHATWG MIME Sniffing §6.1).
fn sniff(content: &[u8]) -> Option<&'static str> {
    match content {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_by_content() {
        for (content, expected) in [
            (b"\x89PNG\r\n\x1a\nrest".as_slice(), Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
            (b"<html>", None),
            (b"\x89PN", None),
            (b"", None),
        ] {
            assert_eq!(sniff(content), expected, "{content:?}");
        }
    }

    #[test]
    fn the_name_is_the_hash_of_the_content() {
        let content = b"GIF89a";
        let name = hex(&Sha256::digest(content));
        assert!(is_name(&name) && !is_name(&name.to_uppercase()) && !is_name("abc"));
        assert_eq!(check(content, "image/gif", &name), Ok(()));
        assert_eq!(check(content, "image/png", &name), Err(WRONG_TYPE));
        assert_eq!(check(content, "image/gif", &"0".repeat(64)), Err(Error::HashMismatch));
    }
}
