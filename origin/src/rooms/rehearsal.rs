//! Trying an update out in a process that may die.
//!
//! The engine integrates an item by looking through everything between its neighbours, so that crafted items cost time proportional to the document each:
//! 1 MiB of them occupies a core for minutes, and nothing stops a thread. An update whose worst case is that bad is first applied in a child process, which is
//! ended when it takes too long. Ordinary edits are far below the bound and never pay for it.

use std::{
    io::{self, Read, Write},
    path::PathBuf,
    process::{ExitCode, Stdio},
    time::Duration,
};

use meridian_shared::protocol::update::Summary;
use tokio::{io::AsyncWriteExt, process::Command, sync::Semaphore, time::timeout};

use super::document::Document;

/// The worst case, in steps of integration, that is taken without a rehearsal: about a second (50 ns a step).
const FREE_STEPS: usize = 20_000_000;
/// The address space that a rehearsal may take, bytes.
const MEMORY: u64 = 4 << 30;
/// The argument that makes this program a rehearsal.
pub const ARGUMENT: &str = "rehearse";

/// What a rehearsal said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It can be applied and encoded in time.
    Fit,
    /// It takes too long, too much memory, or makes the engine fail.
    Unfit,
}

/// Rehearses updates in child processes.
pub struct Rehearsal {
    program: PathBuf,
    patience: Duration,
    /// One child at a time: rehearsals are rare, and two hostile rooms must not take every core.
    stage: Semaphore,
}

impl Rehearsal {
    /// Rehearsals by `program`, which calls [`main`] when its first argument is [`ARGUMENT`]. A child may take `patience`.
    pub fn new(program: PathBuf, patience: Duration) -> Self {
        Self { program, patience, stage: Semaphore::new(1) }
    }

    /// Whether an update of that many structs could be expensive for a document of so many.
    pub fn is_needed(document_structs: usize, update_structs: usize) -> bool {
        update_structs.saturating_mul(document_structs + update_structs) > FREE_STEPS
    }

    /// Applies `update` to `document` (encoded) in a child.
    pub async fn rehearse(&self, document: &[u8], update: &[u8]) -> io::Result<Verdict> {
        let _permit = self.stage.acquire().await.map_err(io::Error::other)?;
        let mut child = Command::new(&self.program)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = child.stdin.take().ok_or_else(|| io::Error::other("a child without an input"))?;
        let run = async {
            for part in [document, update] {
                stdin.write_all(&(part.len() as u64).to_le_bytes()).await?;
                stdin.write_all(part).await?;
            }
            drop(stdin);
            child.wait().await
        };
        match timeout(self.patience, run).await {
            Ok(Ok(status)) if status.success() => Ok(Verdict::Fit),
            // A child that died closes its input while it is written to.
            Ok(_) | Err(_) => Ok(Verdict::Unfit),
        }
    }
}

/// The child: reads a document and an update, applies, encodes. Its exit code is the verdict.
pub fn main() -> ExitCode {
    let _ = rlimit::setrlimit(rlimit::Resource::AS, MEMORY, MEMORY);
    match perform(io::stdin().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn perform(mut input: impl Read) -> io::Result<()> {
    let mut document = Document::default();
    for _ in 0..2 {
        let update = read_part(&mut input)?;
        let summary = Summary::of(&update).map_err(io::Error::other)?;
        document.apply(&update, &summary).map_err(io::Error::other)?;
    }
    document.encode().map(drop).map_err(io::Error::other)
}

fn read_part(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut len = [0; 8];
    input.read_exact(&mut len)?;
    let mut part = Vec::new();
    input.take(u64::from_le_bytes(len)).read_to_end(&mut part)?;
    Ok(part)
}
