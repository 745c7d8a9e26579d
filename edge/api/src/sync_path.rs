//! `/v1/sync/{room}`: what a host reads of it before the room's node does.

use meridian_shared::protocol::TICKET_SUBPROTOCOL_PREFIX;

/// The room that a path names, if it is one of connections.
pub fn room(path: &str) -> Option<&str> {
    path.strip_prefix("/v1/sync/").filter(|room| !room.is_empty() && !room.contains('/'))
}

/// The ticket, from the offered subprotocols or else from the query: as the node reads it (CONN-2).
pub fn ticket<'a>(subprotocols: Option<&'a str>, query: Option<&'a str>) -> Option<&'a str> {
    let offered = subprotocols.unwrap_or_default().split(',');
    let in_header = offered.filter_map(|name| name.trim().strip_prefix(TICKET_SUBPROTOCOL_PREFIX)).next();
    let in_query = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("ticket="));
    in_header.or(in_query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_room_is_a_room() {
        assert_eq!(room("/v1/sync/abc"), Some("abc"));
        for path in ["/v1/sync", "/v1/sync/", "/v1/sync/a/b", "/v1/synca", "/"] {
            assert_eq!(room(path), None, "{path}");
        }
    }

    #[test]
    fn the_header_goes_first() {
        assert_eq!(ticket(Some("meridian.v1, ticket.a"), Some("ticket=b")), Some("a"));
        assert_eq!(ticket(Some("y-websocket"), Some("x=1&ticket=b")), Some("b"));
        assert_eq!(ticket(None, None), None);
    }
}
