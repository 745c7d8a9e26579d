use super::support::{Answer, World};
use meridian_shared::event::Event;
use serde_json::{Value, json};

async fn exchange(world: &World, token: &str) -> Answer {
    world.post("/v1/auth/refresh", json!({"refresh_token": token})).await
}

fn token(answer: &Value) -> String {
    answer["refresh_token"].as_str().expect("a token").to_owned()
}

#[track_caller]
fn session_ended(world: &World) {
    assert!(matches!(world.events()[..], [Event::SessionEnded { .. }]));
}

/// Each exchange gives new tokens, and the access token works.
#[tokio::test]
async fn rotation() {
    for world in World::both().await {
        let mut ada = world.person("Ada").await;
        for _ in 0..5 {
            world.clock.advance(600_000);
            let fresh = exchange(&world, &ada.refresh).await.expect(200);
            assert_ne!(token(&fresh), ada.refresh);
            ada.refresh = token(&fresh);
            ada.get("/v1/me").await.refused(401, "unauthorized");
            ada.access = fresh["access_token"].as_str().expect("a token").to_owned();
            ada.get("/v1/me").await.expect(200);
        }
    }
}

/// A token used again after the grace ends the session for both holders.
#[tokio::test]
async fn reuse_revokes_the_family() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let second = token(&exchange(&world, &ada.refresh).await.expect(200));
        world.clock.advance(10_001);
        exchange(&world, &ada.refresh).await.refused(401, "invalid_refresh_token");
        session_ended(&world);
        exchange(&world, &second).await.refused(401, "invalid_refresh_token");
        ada.get("/v1/me").await.refused(401, "unauthorized");
        assert!(world.events().is_empty(), "published once");
    }
}

/// Once a successor was used, the grace of its predecessor is over, however little time has passed.
#[tokio::test]
async fn the_grace_ends_when_a_successor_is_used() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let second = token(&exchange(&world, &ada.refresh).await.expect(200));
        exchange(&world, &second).await.expect(200);
        exchange(&world, &ada.refresh).await.refused(401, "invalid_refresh_token");
        session_ended(&world);
    }
}

/// A lost answer does not sign anyone out: the same token works again for ten seconds, and what it gives works on.
#[tokio::test]
async fn a_lost_answer_can_be_asked_for_again() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        exchange(&world, &ada.refresh).await.expect(200);
        world.clock.advance(10_000);
        let again = token(&exchange(&world, &ada.refresh).await.expect(200));
        world.clock.advance(3_600_000);
        exchange(&world, &again).await.expect(200);
        assert!(world.events().is_empty());
    }
}

/// Of the tokens that one grace gave out, one line goes on: using another after the grace ends the session.
#[tokio::test]
async fn one_line_of_tokens_outlives_the_grace() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let (left, right) = (exchange(&world, &ada.refresh).await, exchange(&world, &ada.refresh).await);
        let left = token(&exchange(&world, &token(&left.expect(200))).await.expect(200));
        world.clock.advance(10_001);
        exchange(&world, &token(&right.json())).await.refused(401, "invalid_refresh_token");
        session_ended(&world);
        exchange(&world, &left).await.refused(401, "invalid_refresh_token");
    }
}

/// A session lasts 30 days, whatever is done with it.
#[tokio::test]
async fn a_session_ends_after_thirty_days() {
    for world in World::both().await {
        let mut refresh = world.person("Ada").await.refresh;
        for _ in 0..29 {
            world.clock.advance(24 * 3_600_000);
            refresh = token(&exchange(&world, &refresh).await.expect(200));
        }
        world.clock.advance(24 * 3_600_000);
        exchange(&world, &refresh).await.refused(401, "invalid_refresh_token");
        assert!(world.events().is_empty(), "an end that everyone could foresee is no event");
    }
}
