//! How the board page is served, whoever serves it: the origin, a Worker's assets, the Spin page component.

/// Headers of every answer, of the page and of the API (OWASP HTTP Headers Cheat Sheet).
pub const SECURITY_HEADERS: [(&str, &str); 6] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-site"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()"),
];

/// The page's content policy. Everything comes from its own origin; Excalidraw sets style attributes and draws into blobs; rooms are on other hosts.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss: data: blob:; worker-src 'self' blob:; \
    object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// For files that the build names by their content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// For everything else: kept, but asked for again each time.
const REVALIDATE: &str = "no-cache";

/// The `Cache-Control` of a page's path. What is not there (`is_found`) is never kept: it may be there after the next deployment.
pub fn cache_control(path: &str, is_found: bool) -> &'static str {
    // The build names assets by their content, but for some fonts.
    let is_immutable = path.starts_with("/assets/") && !path.starts_with("/assets/fonts/");
    if is_immutable && is_found { IMMUTABLE } else { REVALIDATE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_named_by_their_content_are_kept_for_long() {
        assert_eq!(cache_control("/assets/index-a1b2.js", true), IMMUTABLE);
        assert_eq!(cache_control("/assets/index-a1b2.js", false), REVALIDATE);
        for path in ["/", "/rooms/1", "/index.html", "/assets/fonts/Virgil.woff2", "/assets"] {
            assert_eq!(cache_control(path, true), REVALIDATE, "{path}");
        }
    }
}
