//! What nodes ask is answered to who has their secret, and what the answers are is held by the conformance suite and by the node's own tests.

use super::support::{World, request};
use http::{HeaderValue, Method, header};
use serde_json::json;

#[tokio::test]
async fn a_token_of_a_person_is_not_the_secret_of_nodes() {
    let world = World::sqlite().await;
    let ada = world.person("Ada").await;
    for (authorization, status) in [
        (Some("Bearer the secret of nodes".to_owned()), 200),
        (Some("bearer the secret of nodes".to_owned()), 200),
        (Some("Bearer the secret of node".to_owned()), 401),
        (Some("Basic the secret of nodes".to_owned()), 401),
        (Some(format!("Bearer {}", ada.access)), 401),
        (None, 401),
    ] {
        let mut asked = request(Method::GET, "/v1/node/revocations?after=0", None, None);
        if let Some(value) = &authorization {
            asked.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_str(value).expect("a value"));
        }
        let answer = world.send(asked).await;
        assert_eq!(answer.status.as_u16(), status, "{authorization:?}");
        if status == 401 {
            assert_eq!(answer.json()["code"], json!("unauthorized"));
        }
    }
}
