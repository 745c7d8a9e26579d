//! What the API is told by its host.

use http::HeaderValue;
use meridian_shared::{
    gcra::Quota,
    limits::Limits,
    region::{Node, Region},
};

use crate::NodeSecret;

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Settings of the API. What signs is in the keys instead.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Where the board page is, without a trailing slash: the base of invitation links.
    pub page_url: String,
    /// The home of rooms whose creator names none.
    pub region: Region,
    /// The regions that rooms may live in.
    pub regions: Vec<Region>,
    /// Web origins that may call the API from a browser, exactly as browsers send them.
    pub allowed_origins: Vec<HeaderValue>,
    /// How many proxies before this host append to `X-Forwarded-For`; 0 ignores the header.
    pub trusted_hops: usize,
    /// Origin nodes, for when nobody else knows any.
    pub nodes: Vec<Node>,
    /// Lets nodes ask what they can't read in the database.
    pub node_secret: Option<NodeSecret>,
    /// Rates.
    pub quotas: Quotas,
    /// Published at `GET /v1/limits`.
    pub limits: Limits,
}

impl ApiConfig {
    /// Defaults for a page at `page_url` and rooms in one region.
    pub fn new(page_url: impl Into<String>, region: Region) -> Self {
        Self {
            page_url: page_url.into(),
            regions: vec![region.clone()],
            region,
            allowed_origins: Vec::new(),
            trusted_hops: 0,
            nodes: Vec::new(),
            node_secret: None,
            quotas: Quotas::default(),
            limits: Limits::default(),
        }
    }
}

/// The rates of the API, by what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// New accounts, by IP prefix.
    pub signup: Quota,
    /// Sign-ins, by IP prefix.
    pub signin: Quota,
    /// Failed sign-ins, by e-mail address.
    pub failed_signin: Quota,
    /// Refreshes and sign-outs, by IP prefix.
    pub session: Quota,
    /// Calls that read, by user.
    pub read: Quota,
    /// Calls that change something, by user.
    pub write: Quota,
    /// Tickets, by user.
    pub ticket: Quota,
}

impl Default for Quotas {
    fn default() -> Self {
        let quota = |burst, period_ms| Quota { burst, period_ms };
        Self {
            signup: quota(30, HOUR),
            signin: quota(30, MINUTE),
            failed_signin: quota(10, 15 * MINUTE),
            session: quota(120, MINUTE),
            read: quota(600, MINUTE),
            write: quota(120, MINUTE),
            ticket: quota(120, MINUTE),
        }
    }
}

impl Quotas {
    /// Every rate times `factor`, up to one a millisecond.
    #[must_use]
    pub fn scaled(self, factor: u32) -> Self {
        let scale = |q: Quota| {
            let most = u32::try_from(q.period_ms).unwrap_or(u32::MAX);
            Quota { burst: q.burst.saturating_mul(factor).clamp(1, most), ..q }
        };
        Self {
            signup: scale(self.signup),
            signin: scale(self.signin),
            failed_signin: scale(self.failed_signin),
            session: scale(self.session),
            read: scale(self.read),
            write: scale(self.write),
            ticket: scale(self.ticket),
        }
    }
}
