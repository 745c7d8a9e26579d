//! The images that a board may hold: their kinds, told by their first bytes (WHATWG MIME Sniffing §6.1), and their names.

/// A kind of image. SVG is none: it can carry scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImageKind {
    /// PNG (RFC 2083).
    Png,
    /// JPEG (ITU T.81, JFIF).
    Jpeg,
    /// GIF 87a and 89a.
    Gif,
    /// WebP (RFC 9649).
    Webp,
}

/// The largest image, bytes.
pub const MAX_IMAGE_BYTES: usize = 5 * 1024 * 1024;

/// The media types of all kinds.
pub const MEDIA_TYPES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Whether a text is an image's name: a SHA-256 in lower-case hexadecimal. Nothing else in it, since it becomes a path.
pub fn is_name(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

impl ImageKind {
    /// The kind of `bytes` by their signature.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        assert_eq!(ImageKind::of(b"\x89PNG\r\n\x1a\nrest"), Some(ImageKind::Png));
        assert_eq!(ImageKind::of(b"\xff\xd8\xff\xe0"), Some(ImageKind::Jpeg));
        assert_eq!(ImageKind::of(b"GIF89a"), Some(ImageKind::Gif));
        assert_eq!(ImageKind::of(b"RIFF\x01\x02\x03\x04WEBPVP8 "), Some(ImageKind::Webp));
        for kind in [ImageKind::Png, ImageKind::Jpeg, ImageKind::Gif, ImageKind::Webp] {
            assert!(MEDIA_TYPES.contains(&kind.media_type()));
        }
        for other in [&b""[..], b"<svg", b"\x89PNG", b"RIFF\x01\x02\x03\x04WAVE", b"GIF88a"] {
            assert_eq!(ImageKind::of(other), None);
        }
    }

    #[test]
    fn names_are_hashes_and_never_paths() {
        assert!(is_name(&"0f".repeat(32)));
        for other in ["", "abc", &"0F".repeat(32), &"../".repeat(22)[..64], &"0f".repeat(33)] {
            assert!(!is_name(other), "{other}");
        }
    }
}
