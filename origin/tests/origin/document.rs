//! The document behind its wall: parked updates, catch-ups, and published hostile updates (invariant 8, SYNC-7, SYNC-8).

use std::panic::catch_unwind;

use meridian_origin::rooms::document::{Applied, Document};
use meridian_shared::protocol::update::Summary;
use proptest::prelude::*;
use yrs::{
    ClientID, Doc, GetString, Map, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update,
    updates::decoder::Decode,
};

fn summary(update: &[u8]) -> Summary {
    Summary::of(update).expect("yrs makes valid updates")
}

/// Three updates of one writer, each on the one before.
fn three_updates() -> Vec<Vec<u8>> {
    let doc = Doc::with_client_id(7);
    let text = doc.get_or_insert_text("t");
    ["one ", "two ", "three"]
        .iter()
        .map(|word| {
            let mut txn = doc.transact_mut();
            let end = text.len(&txn);
            text.insert(&mut txn, end, word);
            txn.encode_update_v1()
        })
        .collect()
}

fn text_of(update: &[u8]) -> String {
    let doc = Doc::new();
    let text = doc.get_or_insert_text("t");
    doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    text.get_string(&doc.transact())
}

#[test]
fn sync_7_what_lacks_its_predecessors_is_parked_kept_in_snapshots_and_completed() {
    let updates = three_updates();
    let mut document = Document::default();
    assert_eq!(document.apply(&updates[0], &summary(&updates[0])), Ok(Applied::Changed));
    assert_eq!(document.apply(&updates[2], &summary(&updates[2])), Ok(Applied::Changed));
    assert!(document.has_parked());
    assert_eq!(document.clock(7), 4, "the clock tells what is known without a gap");

    // A snapshot of it, loaded by the next owner.
    let snapshot = document.encode().unwrap();
    let mut reloaded = Document::default();
    reloaded.apply(&snapshot, &summary(&snapshot)).unwrap();
    assert_eq!(reloaded.clock(7), 4);

    for mut document in [document, reloaded] {
        document.apply(&updates[1], &summary(&updates[1])).unwrap();
        assert!(!document.has_parked());
        assert_eq!(text_of(&document.encode().unwrap()), "one two three");
    }
}

#[test]
fn sync_6_what_is_known_changes_nothing() {
    let updates = three_updates();
    let mut document = Document::default();
    document.apply(&updates[0], &summary(&updates[0])).unwrap();
    assert_eq!(document.apply(&updates[0], &summary(&updates[0])), Ok(Applied::Nothing));
}

#[test]
fn sync_8_a_reader_that_missed_updates_is_caught_up_by_one() {
    let updates = three_updates();
    let mut document = Document::default();
    for update in &updates {
        document.apply(update, &summary(update)).unwrap();
    }
    // It has the first and missed the rest: behind from clock 4 on.
    let behind = document.state_vector_behind([(7, 4)]);
    let catch_up = document.diff(&behind).unwrap();
    let reader = Doc::new();
    let text = reader.get_or_insert_text("t");
    for update in [&updates[0], &catch_up] {
        reader.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }
    assert_eq!(text.get_string(&reader.transact()), "one two three");
    assert!(catch_up.len() < updates[1].len() + updates[2].len());
}

/// Whatever is thrown at it, the wall holds: refused, applied, or caught; and what it then holds can be encoded.
fn throw(document: &mut Document, bytes: &[u8]) {
    let Ok(summary) = Summary::of(bytes) else { return };
    if document.apply(bytes, &summary).is_err() {
        *document = Document::default();
    }
    if document.encode().is_err() {
        *document = Document::default();
    }
}

/// The shapes of the published crashes: y-crdt#639 (length bombs), #647 (indices), #391 and #415 (apply, then panic), origofs#144 (51 bytes that abort).
#[test]
fn published_hostile_shapes_are_contained() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0x07];
    let mut cases: Vec<Vec<u8>> = vec![
        [&huge[..], &[0, 0]].concat(),
        [&[1][..], &huge, &[7, 0, 0]].concat(),
        [&[1, 1, 7, 0, 8, 1, 1, b't'][..], &huge, &[0]].concat(),
        [&[1, 1, 7, 0, 4, 1, 1, b't'][..], &huge, &[b'x', 0]].concat(),
        // An item that is its own parent, its own origin, or follows what is deleted.
        vec![1, 1, 7, 0, 7, 0, 7, 0, 1, 0],
        vec![1, 1, 7, 0, 0x84, 7, 0, 1, b'a', 0],
        vec![1, 2, 7, 0, 4, 1, 1, b't', 1, b'a', 0xc4, 7, 0, 7, 0, 1, b'b', 0],
        // A parent that is a string, a map key on it.
        vec![1, 2, 7, 0, 4, 1, 1, b't', 1, b'a', 0x28, 0, 7, 0, 1, b'k', 1, 126, 0],
        // A skip, a GC and a deletion that overlap.
        vec![1, 3, 7, 0, 0, 5, 10, 5, 0, 5, 1, 7, 2, 0, 9, 3, 12],
        // A right origin before its left.
        vec![1, 3, 7, 0, 4, 1, 1, b't', 1, b'a', 0x84, 7, 0, 1, b'b', 0xc4, 7, 1, 7, 0, 1, b'c', 0],
        // A subdocument with options that are no map; a format without an end; an embed of nothing.
        vec![1, 1, 7, 0, 9, 1, 1, b't', 1, b'g', 126, 0],
        vec![1, 1, 7, 0, 6, 1, 1, b't', 1, b'b', 1, b'1', 0],
        vec![1, 1, 7, 0, 5, 1, 1, b't', 0, 0],
        // The middle of a surrogate pair, split by another's origin.
        vec![2, 1, 7, 0, 4, 1, 1, b't', 4, 0xf0, 0x9f, 0x98, 0x80, 1, 8, 0, 0x84, 7, 0, 1, b'x', 0],
    ];
    for update in three_updates() {
        for i in 0..update.len() {
            for flip in [0x01, 0x40, 0x7f, 0x80, 0xff] {
                let mut bad = update.clone();
                bad[i] ^= flip;
                cases.push(bad);
            }
        }
    }
    let mut document = Document::default();
    for case in &cases {
        throw(&mut document, case);
        throw(&mut Document::default(), case);
    }
    let updates = three_updates();
    document = Document::default();
    for update in &updates {
        document.apply(update, &summary(update)).unwrap();
    }
    assert_eq!(text_of(&document.encode().unwrap()), "one two three");
}

/// Two people's items that wait for each other, in one update: refused, since they would wait for ever.
#[test]
fn items_that_wait_for_each_other_are_refused() {
    let cycle = [2, 1, 8, 0, 0x84, 7, 0, 1, b'x', 1, 7, 0, 0x84, 8, 0, 1, b'y', 0];
    assert!(Document::default().apply(&cycle, &summary(&cycle)).is_err());
}

/// A document of random edits, some of which cut surrogate pairs in two, as a stream of updates.
fn edits(seed: &[u8]) -> Vec<Vec<u8>> {
    let options =
        Options { client_id: ClientID::new(7), offset_kind: OffsetKind::Utf16, ..Options::default() };
    let doc = Doc::with_options(options);
    let (text, map) = (doc.get_or_insert_text("t"), doc.get_or_insert_map("m"));
    seed.iter()
        .map(|&step| {
            let mut txn = doc.transact_mut();
            let len = text.len(&txn);
            match step % 4 {
                0 => text.insert(&mut txn, u32::from(step) % (len + 1), "abc"),
                1 => text.insert(&mut txn, len, "😀"),
                2 if len > 4 => text.remove_range(&mut txn, len - 4, 4),
                _ => drop(map.insert(&mut txn, format!("k{}", step % 5), i64::from(step))),
            }
            txn.encode_update_v1()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Mutated updates: bytes changed, cut and spliced, thrown at a living document.
    #[test]
    fn mutated_updates_are_contained(
        seed in proptest::collection::vec(any::<u8>(), 1..12),
        wounds in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let result = catch_unwind(|| {
            let mut document = Document::default();
            for (n, update) in edits(&seed).into_iter().enumerate() {
                let mut bad = update.clone();
                for (at, byte) in &wounds {
                    let i = at.index(bad.len());
                    bad[i] = byte.wrapping_add(n as u8);
                }
                throw(&mut document, &bad);
                throw(&mut document, &update);
            }
        });
        prop_assert!(result.is_ok());
    }

    /// In any order, with repeats, every document ends the same (convergence through parking).
    #[test]
    fn any_order_converges(seed in proptest::collection::vec(any::<u8>(), 1..12), order in any::<u64>()) {
        let updates = edits(&seed);
        let mut straight = Document::default();
        for update in &updates {
            straight.apply(update, &summary(update)).unwrap();
        }
        let mut shuffled: Vec<_> = updates.iter().chain(updates.iter().take(3)).collect();
        let mut state = order | 1;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let mut crooked = Document::default();
        for update in shuffled {
            crooked.apply(update, &summary(update)).unwrap();
        }
        prop_assert!(!crooked.has_parked(), "something is still parked");
        prop_assert_eq!(content(&mut straight), content(&mut crooked));
    }
}

fn content(document: &mut Document) -> (String, Vec<u8>) {
    let encoded = document.encode().unwrap();
    let doc = Doc::new();
    let text = doc.get_or_insert_text("t");
    doc.transact_mut().apply_update(Update::decode_v1(&encoded).unwrap()).unwrap();
    let txn = doc.transact();
    (text.get_string(&txn), txn.encode_state_as_update_v1(&StateVector::default()))
}
