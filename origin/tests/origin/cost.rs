//! What a hostile update can cost: items that look through the whole document each (invariant 6).

use std::time::Duration;

use meridian_origin::rooms::{
    document::Document,
    rehearsal::{Rehearsal, Verdict},
};
use meridian_shared::protocol::{lib0::write_var_uint, update::Summary};

/// A text of `n` items that can't be joined, and `n` items of other people, each of which claims the place between the start and the last of them.
fn rivals(n: u64) -> Vec<u8> {
    let mut out = vec![];
    write_var_uint(&mut out, 2);
    // Client 1: one embed after the other, in the root text "t".
    write_var_uint(&mut out, n);
    out.extend([1, 0]);
    for clock in 0..n {
        match clock {
            0 => out.extend([5, 1, 1, b't']),
            _ => {
                out.extend([0x85, 1]);
                write_var_uint(&mut out, clock - 1);
            }
        }
        out.extend([1, b'1']);
    }
    // Client 9: each after the first and before the last.
    write_var_uint(&mut out, n);
    out.extend([9, 0]);
    for _ in 0..n {
        out.extend([0xc5, 1, 0, 1]);
        write_var_uint(&mut out, n - 1);
        out.extend([1, b'2']);
    }
    out.push(0);
    out
}

fn rehearsal(patience: Duration) -> Rehearsal {
    Rehearsal::new(env!("CARGO_BIN_EXE_meridian-origin").into(), patience)
}

#[tokio::test]
async fn an_update_that_would_hang_the_engine_is_found_out_in_a_child() {
    let hostile = rivals(30_000);
    let summary = Summary::of(&hostile).unwrap();
    assert!(Rehearsal::is_needed(0, summary.structs));
    let verdict = rehearsal(Duration::from_secs(2)).rehearse(&[0, 0], &hostile).await.unwrap();
    assert_eq!(verdict, Verdict::Unfit);
}

#[tokio::test]
async fn a_large_honest_update_is_fit() {
    let mut document = Document::default();
    let honest = rivals(500);
    document.apply(&honest, &Summary::of(&honest).unwrap()).unwrap();
    let verdict =
        rehearsal(Duration::from_secs(20)).rehearse(&[0, 0], &document.encode().unwrap()).await.unwrap();
    assert_eq!(verdict, Verdict::Fit);
    assert!(!Rehearsal::is_needed(500_000, 5), "an ordinary edit of a large board is not rehearsed");
}
