//! Notes of ended rights reach connections however clocks and commits lie, once each.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use meridian_origin::{
    clock::now,
    metrics::Metrics,
    revocation::reader::{Eraser, Reader},
    rights::{Rights, RightsError},
    sync::connections::{Connections, Place},
};
use meridian_shared::{
    ids::{RoomId, SessionId, UserId},
    revocation::{AT_MOST, Revocation},
    standing::{Bearer, Standing},
    time::Millis,
};

/// The notes as a database gives them: in order, in portions.
#[derive(Default)]
struct Notes {
    notes: Mutex<Vec<Revocation>>,
    away: AtomicBool,
    reads: Mutex<Vec<Millis>>,
}

#[async_trait]
impl Rights for Notes {
    async fn standing(&self, _: Bearer) -> Result<Standing, RightsError> {
        Err(RightsError::Unavailable("not asked here".into()))
    }

    async fn revocations(&self, after: Millis) -> Result<Vec<Revocation>, RightsError> {
        if self.away.load(Relaxed) {
            return Err(RightsError::Unavailable("away".into()));
        }
        self.reads.lock().unwrap().push(after);
        let mut found: Vec<_> =
            self.notes.lock().unwrap().iter().filter(|note| note.at > after).cloned().collect();
        found.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        found.truncate(AT_MOST);
        Ok(found)
    }

    async fn forget_revocations(&self) -> Result<bool, RightsError> {
        Ok(false)
    }
}

impl Notes {
    fn write(&self, at: Millis, session: Option<SessionId>, user: Option<UserId>) {
        let mut notes = self.notes.lock().unwrap();
        let id = format!("{:06}", notes.len());
        notes.push(Revocation { id, at, session, user, room: None });
    }
}

fn bearer(n: u8) -> Bearer {
    Bearer {
        user: UserId::new(Millis(1), [n; 10]),
        session: SessionId::new(Millis(1), [n; 10]),
        room: RoomId::new(Millis(1), [n; 10]),
    }
}

/// Whether a connection was told to look since it was asked last.
async fn was_told(place: &Place) -> bool {
    tokio::time::timeout(Duration::from_millis(1), place.recheck.notified()).await.is_ok()
}

fn world() -> (Arc<Notes>, Arc<Connections>) {
    (Arc::default(), Connections::new(Arc::new(Metrics::default())))
}

#[tokio::test]
async fn a_note_of_a_clock_a_minute_off_either_way_is_told_once() {
    let (notes, connections) = world();
    let (slow, fast) = (connections.enter(bearer(1)), connections.enter(bearer(2)));
    let mut reader = Reader::new(notes.clone(), connections, None, now());
    reader.read().await.unwrap();
    assert!(!was_told(&slow).await && !was_told(&fast).await);
    notes.write(now().plus(-60_000), Some(bearer(1).session), None);
    notes.write(now().plus(60_000), Some(bearer(2).session), None);
    reader.read().await.unwrap();
    assert!(was_told(&slow).await && was_told(&fast).await);
    reader.read().await.unwrap();
    assert!(!was_told(&slow).await && !was_told(&fast).await, "only once");
    notes.write(now().plus(-20_000), None, Some(bearer(1).user));
    reader.read().await.unwrap();
    assert!(was_told(&slow).await, "written before what was read, committed after");
}

#[tokio::test]
async fn after_a_time_without_answers_it_reads_from_where_that_began() {
    let (notes, connections) = world();
    let place = connections.enter(bearer(1));
    let begin = now().plus(-3_600_000);
    let mut reader = Reader::new(notes.clone(), connections, None, begin);
    notes.away.store(true, Relaxed);
    assert!(reader.read().await.is_err());
    notes.write(now().plus(-3_500_000), Some(bearer(1).session), None);
    notes.away.store(false, Relaxed);
    reader.read().await.unwrap();
    assert!(was_told(&place).await);
    assert!(notes.reads.lock().unwrap()[0] < begin);
    reader.read().await.unwrap();
    assert!(*notes.reads.lock().unwrap().last().unwrap() > begin, "and goes on from now");
}

#[tokio::test]
async fn of_more_notes_than_one_portion_all_are_told() {
    let (notes, connections) = world();
    let places: Vec<_> = (0..3).map(|n| connections.enter(bearer(n))).collect();
    let mut reader = Reader::new(notes.clone(), connections, None, now());
    for i in 0..(2 * AT_MOST + 10) {
        let n = match i {
            0 => 0,
            _ if i == AT_MOST => 1,
            _ if i == 2 * AT_MOST + 9 => 2,
            _ => 99,
        };
        // Many of one millisecond.
        notes.write(now().plus(-1000 + (i / 100) as i64), Some(bearer(n).session), None);
    }
    reader.read().await.unwrap();
    for place in &places {
        assert!(was_told(place).await);
    }
    reader.read().await.unwrap();
    assert!(!was_told(&places[1]).await, "only once");
}

/// Fails the first time.
#[derive(Default)]
struct Forgetful {
    asked: Mutex<Vec<UserId>>,
}

#[async_trait]
impl Eraser for Forgetful {
    async fn erase(&self, user: UserId) -> bool {
        let mut asked = self.asked.lock().unwrap();
        asked.push(user);
        asked.len() > 1
    }
}

#[tokio::test]
async fn an_account_is_erased_until_it_is() {
    let (notes, connections) = world();
    let eraser = Arc::new(Forgetful::default());
    let mut reader = Reader::new(notes.clone(), connections, Some(eraser.clone()), now());
    notes.write(now(), None, Some(bearer(1).user));
    notes.write(now(), Some(bearer(2).session), None);
    for _ in 0..4 {
        reader.read().await.unwrap();
    }
    assert_eq!(*eraser.asked.lock().unwrap(), [bearer(1).user; 2]);
}
