use super::support::World;
use meridian_shared::{
    database::{Database, Statement},
    event::Event,
};
use serde_json::json;

#[tokio::test]
async fn an_invitation_makes_members() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        let invite = ada.post(&format!("{room}/invites"), json!({"role": "editor"})).await.expect(201);
        let code = invite["code"].as_str().expect("a code");
        assert!(code.len() >= 22, "128 bits and more");
        assert_eq!(invite["url"], format!("https://board.example/invite/{code}"));
        assert_eq!(invite["expires_at"], "2027-01-22T08:00:00.000Z");
        let joined = bob.accept(&invite).await.expect(200);
        assert_eq!(
            (&joined["role"], format!("/v1/rooms/{}", joined["id"].as_str().expect("an id"))),
            (&json!("editor"), room)
        );
        assert!(matches!(world.events()[..], [Event::MemberChanged { .. }]));
    }
}

async fn uses(world: &World) -> i64 {
    let found = world
        .database
        .run(Statement::new("SELECT CAST(SUM(uses) AS BIGINT) FROM invites"))
        .await
        .expect("sums");
    found.rows[0].int(0).expect("a number")
}

/// Accepting again changes nothing and counts nothing; the higher role is kept, and raised.
#[tokio::test]
async fn accepting_again_keeps_the_higher_role() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        let invite =
            async |role: &str| ada.post(&format!("{room}/invites"), json!({"role": role})).await.expect(201);
        let (viewer, editor) = (invite("viewer").await, invite("editor").await);
        for (code, role, count) in
            [(&viewer, "viewer", 1), (&viewer, "viewer", 1), (&editor, "editor", 2), (&viewer, "editor", 2)]
        {
            assert_eq!(bob.accept(code).await.expect(200)["role"], role);
            assert_eq!(uses(&world).await, count);
        }
        assert_eq!(ada.accept(&editor).await.expect(200)["role"], "owner");
        assert_eq!(uses(&world).await, 2);
        assert_eq!(world.events().len(), 2);
    }
}

/// A code for three people lets exactly three in, however many come at once; who comes twice counts once.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_acceptances_never_exceed_the_uses() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        let invite =
            ada.post(&format!("{room}/invites"), json!({"role": "editor", "max_uses": 3})).await.expect(201);
        let mut calls = Vec::new();
        for i in 0..10 {
            let person = world.person(&format!("P{i}")).await;
            for _ in 0..2 {
                let (person, invite) = (person.clone(), invite.clone());
                calls.push(tokio::spawn(async move {
                    (person.id.clone(), person.accept(&invite).await.status.as_u16())
                }));
            }
        }
        let mut joined = std::collections::HashSet::new();
        for call in calls {
            let (id, status) = call.await.expect("finishes");
            assert!([200, 404].contains(&status), "{status}");
            if status == 200 {
                joined.insert(id);
            }
        }
        assert_eq!(joined.len(), 3);
        let members = ada.get(&format!("{room}/members")).await.expect(200);
        assert_eq!(members["items"].as_array().map(Vec::len), Some(4));
        let found = world.database.run(Statement::new("SELECT uses FROM invites")).await.expect("selects");
        assert_eq!(found.rows[0].int(0), Ok(3));
    }
}
