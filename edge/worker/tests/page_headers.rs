//! `_headers`, which Cloudflare reads beside the page, says what every other host of the page does.

use meridian_shared::page::{CONTENT_SECURITY_POLICY, SECURITY_HEADERS, cache_control};

/// Rules in order: a later one that matches adds to an earlier one, unless it takes the header away first (`!`).
fn expected() -> String {
    let mut text = String::from("/*\n");
    for (name, value) in SECURITY_HEADERS {
        text += &format!("  {name}: {value}\n");
    }
    text += &format!("  content-security-policy: {CONTENT_SECURITY_POLICY}\n");
    text += &format!("  cache-control: {}\n", cache_control("/", true));
    for folder in ["/assets/", "/assets/fonts/"] {
        let cache = cache_control(&format!("{folder}x"), true);
        text += &format!("{folder}*\n  ! cache-control\n  cache-control: {cache}\n");
    }
    text
}

#[test]
fn the_committed_file_says_what_all_hosts_do() {
    let expected = expected();
    assert_eq!(
        include_str!("../../../web/board/public/_headers"),
        expected,
        "web/board/public/_headers should be:\n{expected}"
    );
}
