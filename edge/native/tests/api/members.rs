use super::support::World;
use meridian_shared::event::Event;
use serde_json::json;

#[tokio::test]
async fn members_are_listed_without_their_addresses() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        ada.invite(&room, &bob, "viewer").await;
        let page = bob.get(&format!("{room}/members")).await.expect(200);
        let seen: Vec<_> =
            page["items"].as_array().expect("items").iter().map(|m| (&m["name"], &m["role"])).collect();
        assert_eq!(seen.len(), 2);
        assert!(
            seen.contains(&(&json!("Ada"), &json!("owner")))
                && seen.contains(&(&json!("Bob"), &json!("viewer")))
        );
        assert!(!page.to_string().contains('@'));
        let first = bob.get(&format!("{room}/members?limit=1")).await.expect(200);
        let cursor = first["next_cursor"].as_str().expect("a cursor");
        let second = bob.get(&format!("{room}/members?limit=1&cursor={cursor}")).await.expect(200);
        assert_ne!(first["items"], second["items"]);
        assert!(second["next_cursor"].is_null());
    }
}

/// A change of role is published once, and not when nothing changed.
#[tokio::test]
async fn roles_change_and_people_leave() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        ada.invite(&room, &bob, "viewer").await;
        world.events();
        let member = format!("{room}/members/{}", bob.id);
        for _ in 0..2 {
            assert_eq!(ada.put(&member, json!({"role": "editor"})).await.expect(200)["role"], "editor");
        }
        assert!(matches!(world.events()[..], [Event::MemberChanged { .. }]));
        bob.delete(&member).await.expect(204);
        assert!(matches!(world.events()[..], [Event::MemberChanged { .. }]));
        bob.get(&room).await.refused(404, "room_not_found");
        ada.delete(&member).await.refused(404, "member_not_found");
        ada.put(&member, json!({"role": "editor"})).await.refused(404, "member_not_found");
        ada.delete(&format!("{room}/members/x")).await.refused(404, "member_not_found");
    }
}

#[tokio::test]
async fn the_last_owner_stays() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        let (ada_in, bob_in) = (format!("{room}/members/{}", ada.id), format!("{room}/members/{}", bob.id));
        ada.invite(&room, &bob, "editor").await;
        ada.put(&ada_in, json!({"role": "viewer"})).await.refused(409, "last_owner");
        ada.delete(&ada_in).await.refused(409, "last_owner");
        assert_eq!(ada.put(&ada_in, json!({"role": "owner"})).await.expect(200)["role"], "owner");
        ada.put(&bob_in, json!({"role": "owner"})).await.expect(200);
        ada.delete(&ada_in).await.expect(204);
        bob.delete(&bob_in).await.refused(409, "last_owner");
    }
}

/// Two owners who step down at once: one of them stays.
#[tokio::test(flavor = "multi_thread")]
async fn two_owners_cannot_both_leave() {
    for world in World::both().await {
        for round in 0..10 {
            let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
            let room = ada.room("Room").await;
            ada.invite(&room, &bob, "editor").await;
            ada.put(&format!("{room}/members/{}", bob.id), json!({"role": "owner"})).await.expect(200);
            let calls = [ada, bob].map(|person| {
                let member = format!("{room}/members/{}", person.id);
                tokio::spawn(async move {
                    let demote = person.put(&member, json!({"role": "viewer"}));
                    if round % 2 == 0 { demote.await } else { person.delete(&member).await }
                })
            });
            let mut statuses = Vec::new();
            for call in calls {
                statuses.push(call.await.expect("finishes").status.as_u16());
            }
            statuses.sort_unstable();
            assert_eq!(statuses, [if round % 2 == 0 { 200 } else { 204 }, 409]);
        }
    }
}
