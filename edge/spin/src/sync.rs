//! `/v1/sync/{room}`: Spin answers requests and passes no connections on. Who comes here is told where the room's node is.
//!
//! 421 (Misdirected Request, RFC 9110 §15.5.20): this server can't answer for the target, another connection can. 426 would ask for an upgrade that the client
//! may have offered already.

use axum::{body::Body, response::Response};
use http::{HeaderMap, header};
use meridian_edge_api::{Api, problems, sync_path};
use meridian_shared::{problem::Problem, region::Node};
use serde_json::json;

/// A problem whose `url` is the room's address at its node; it takes the same ticket.
pub(crate) async fn answer(api: &Api, room: &str, headers: &HeaderMap, query: Option<&str>) -> Response {
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    match api.node_of_upgrade(room, sync_path::ticket(offered, query)).await {
        Ok(node) => misdirected(&node, room),
        Err(response) => response,
    }
}

fn misdirected(node: &Node, room: &str) -> Response {
    let problem = Problem::new(
        421,
        "misdirected",
        "Connect to the room's node",
        "This host passes no connections on. Open the WebSocket at `url`, as the answer to a ticket tells it too.",
    );
    let response = problems::answer(&problem);
    let (parts, _) = response.into_parts();
    let mut body = json!(problem);
    body["url"] = json!(format!("{}/{room}", node.sync_url));
    Response::from_parts(parts, Body::from(body.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn the_problem_names_the_rooms_address() {
        let node = Node {
            id: "a".into(),
            region: "eu".parse().unwrap(),
            url: "https://a".into(),
            sync_url: "wss://a/v1/sync".into(),
        };
        let response = misdirected(&node, "r1");
        assert_eq!(response.status(), 421);
        assert_eq!(response.headers()["content-type"], Problem::CONTENT_TYPE);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["code"], &body["url"]), (&json!("misdirected"), &json!("wss://a/v1/sync/r1")));
    }
}
