//! Which file a path of the page stands for.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

/// What a request's path stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// This file, if it is there.
    File(PathBuf),
    /// The page itself, which finds out by the path what to show (`/rooms/…`).
    Page,
}

/// Reads a path. Nothing that it says leads out of `root`: such a path is the page's.
pub(crate) fn wanted(root: &Path, path: &str) -> Wanted {
    let Ok(path) = percent_decode_str(path).decode_utf8() else { return Wanted::Page };
    let mut file = root.to_owned();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        // Hidden files are nobody's, and `.` and `..` are among them.
        if segment.starts_with('.') || segment.contains(['\\', '\0', ':']) {
            return Wanted::Page;
        }
        file.push(segment);
    }
    if file == root { Wanted::Page } else { Wanted::File(file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_a_file_and_never_out() {
        let of = |path| wanted(Path::new("/site"), path);
        assert_eq!(of("/assets/a%20b.js"), Wanted::File("/site/assets/a b.js".into()));
        assert_eq!(of("//assets//x"), Wanted::File("/site/assets/x".into()));
        for path in [
            "/",
            "",
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/a/%2E%2e%2fx",
            "/.git/config",
            "/a\\..\\x",
            "/%00",
            "/%ff",
            "/c:x",
        ] {
            assert_eq!(of(path), Wanted::Page, "{path}");
        }
    }
}
