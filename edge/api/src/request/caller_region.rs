//! Where a call comes from on the globe.

use meridian_shared::region::Region;

/// The region nearest to the caller, which a host that knows it (a CDN) puts into the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerRegion(pub Region);
