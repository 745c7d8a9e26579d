//! `allowed_outbound_hosts`: where a component may connect to.

use anyhow::{Context as _, bail};

/// The list of one component, resolved.
#[derive(Debug, Default)]
pub(crate) struct AllowedHosts(Vec<Allowed>);

#[derive(Debug, PartialEq)]
struct Allowed {
    scheme: String,
    host: Host,
    ports: Ports,
}

#[derive(Debug, PartialEq)]
enum Host {
    Any,
    /// Every name under this one, which begins with a dot.
    Under(String),
    Exactly(String),
}

#[derive(Debug, PartialEq)]
enum Ports {
    Any,
    /// From, and up to but not including.
    Range(u16, u16),
    Exactly(u16),
}

impl AllowedHosts {
    /// Reads entries such as `postgres://db.example.com:5432`, `https://*.example.com`, `redis://127.0.0.1:6000..7000`, `http://*:*`.
    pub(crate) fn parse(entries: &[String]) -> anyhow::Result<Self> {
        let parse =
            |entry: &String| parse(entry).with_context(|| format!("allowed_outbound_hosts: `{entry}`"));
        entries.iter().map(parse).collect::<anyhow::Result<_>>().map(Self)
    }

    /// Whether a connection may be made.
    pub(crate) fn allow(&self, scheme: &str, host: &str, port: u16) -> bool {
        self.0.iter().any(|allowed| allowed.covers(scheme, host, port))
    }
}

fn parse(entry: &str) -> anyhow::Result<Allowed> {
    let (scheme, rest) = entry.split_once("://").context("no scheme")?;
    if rest.trim_end_matches('/').contains('/') {
        bail!("a path has no meaning here");
    }
    let rest = rest.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let host = match host {
        "" => bail!("no host"),
        "*" => Host::Any,
        _ => match host.strip_prefix('*') {
            Some(under) => Host::Under(under.to_ascii_lowercase()),
            None => Host::Exactly(host.to_ascii_lowercase()),
        },
    };
    let ports = match port {
        Some("*") => Ports::Any,
        Some(port) => match port.split_once("..") {
            Some((from, to)) => Ports::Range(from.parse()?, to.parse()?),
            None => Ports::Exactly(port.parse()?),
        },
        None => default_port(scheme).map_or(Ports::Any, Ports::Exactly),
    };
    Ok(Allowed { scheme: scheme.to_owned(), host, ports })
}

/// The port of a scheme whose URL names none.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" => 80,
        "https" => 443,
        "postgres" => 5432,
        "redis" | "rediss" => 6379,
        _ => return None,
    })
}

impl Allowed {
    fn covers(&self, scheme: &str, host: &str, port: u16) -> bool {
        let host = host.to_ascii_lowercase();
        let is_host = match &self.host {
            Host::Any => true,
            Host::Under(under) => host.ends_with(under.as_str()),
            Host::Exactly(exactly) => *exactly == host,
        };
        let is_port = match self.ports {
            Ports::Any => true,
            Ports::Range(from, to) => (from..to).contains(&port),
            Ports::Exactly(exactly) => exactly == port,
        };
        (self.scheme == "*" || self.scheme == scheme) && is_host && is_port
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_host_and_port_must_all_match() {
        let entries =
            ["postgres://db:5432", "https://*.example.com", "redis://127.0.0.1:6000..6002", "http://*:*"];
        let allowed = AllowedHosts::parse(&entries.map(str::to_owned)).unwrap();
        for (scheme, host, port, expected) in [
            ("postgres", "db", 5432, true),
            ("postgres", "DB", 5432, true),
            ("postgres", "db", 5433, false),
            ("postgres", "db2", 5432, false),
            ("redis", "db", 5432, false),
            ("https", "eu.example.com", 443, true),
            ("https", "example.com", 443, false),
            ("https", "eu.example.com", 8443, false),
            ("redis", "127.0.0.1", 6001, true),
            ("redis", "127.0.0.1", 6002, false),
            ("http", "anything", 1, true),
        ] {
            assert_eq!(allowed.allow(scheme, host, port), expected, "{scheme}://{host}:{port}");
        }
        assert!(!AllowedHosts::default().allow("http", "a", 80));
        for wrong in ["db:5432", "http://", "http://a:b", "http://a/path"] {
            assert!(AllowedHosts::parse(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
