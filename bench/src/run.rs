//! One run: people gather, draw, listen, and go home.

use std::{
    collections::HashMap,
    io::{IsTerminal, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, stream};
use tokio::{sync::watch, task::JoinSet, time};

use crate::{
    client::{Client, Phase, Seen},
    http::{Pass, Person},
    options::Options,
    process,
    report::{Memory, Report},
    tally::{Latencies, Live, RoomLedger},
};

/// LIM-9: connections of one user in a room.
const PER_USER: usize = 10;
/// Handshakes at a time.
const AT_ONCE: usize = 64;
/// How long what is on its way may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tickets by room and person.
type Passes = HashMap<(usize, usize), Pass>;

/// Runs the load and measures.
pub(crate) async fn run(options: &Options) -> Result<Report> {
    ensure!(options.rooms > 0 && options.clients >= options.rooms, "every room needs a client");
    let memory = || options.pid.and_then(process::memory_kib);
    progress(&format!("preparing {} rooms", options.rooms));
    let (rooms, passes) = tokio::task::spawn_blocking({
        let options = options.clone();
        move || prepare(&options)
    })
    .await??;
    let live = Arc::new(Live::default());
    let (phase, watcher) = watch::channel(Phase::Gathering);
    let (mut running, mut joins) = (JoinSet::new(), Latencies::default());
    let mut clients = (0..options.clients).map(|i| client(options, i, &rooms, &passes, &live));
    let before = memory();
    // One client a room first: the difference tells a room's memory from a connection's.
    let first: Vec<_> = clients.by_ref().take(options.rooms).collect();
    gather(first, &watcher, &mut running, &mut joins).await?;
    let with_rooms = memory();
    gather(clients.collect(), &watcher, &mut running, &mut joins).await?;
    let with_clients = memory();

    let cpu = options.pid.and_then(process::cpu_seconds);
    let begin = Instant::now();
    phase.send(Phase::Drawing)?;
    let peak = watch_drawing(options, &live).await;
    phase.send(Phase::Listening)?;
    let expected: u64 = listen(options, &rooms, &live).await;
    let took = begin.elapsed();
    let cpu = options.pid.and_then(process::cpu_seconds).zip(cpu).map(|(after, before)| after - before);
    phase.send(Phase::Over)?;

    let mut seen = Seen::default();
    while let Some(one) = running.join_next().await {
        let mut one = one?;
        seen.delivered += one.delivered;
        seen.echoes.append(&mut one.echoes);
        seen.deliveries.append(&mut one.deliveries);
    }
    eprintln!();
    Ok(Report::new(
        options,
        &live,
        seen,
        joins,
        expected,
        took,
        cpu,
        Memory { before, with_rooms, with_clients, peak },
    ))
}

/// People, rooms and tickets, by plain calls one after the other: this is not what is measured.
fn prepare(options: &Options) -> Result<(Vec<Arc<RoomLedger>>, Passes)> {
    let per_room = options.clients.div_ceil(options.rooms);
    let people: Vec<Person> =
        (0..per_room.div_ceil(PER_USER)).map(|i| Person::sign_up(&options.url, i)).collect::<Result<_>>()?;
    let (mut ledgers, mut passes) = (Vec::new(), HashMap::new());
    for room in 0..options.rooms {
        let id = people[0].create_room(room)?;
        for (i, person) in people.iter().enumerate() {
            if i > 0 {
                people[0].bring(person, &id)?;
            }
            passes.insert((room, i), person.pass(&id)?);
        }
        ledgers.push(Arc::default());
    }
    Ok((ledgers, passes))
}

fn client(
    options: &Options,
    index: usize,
    rooms: &[Arc<RoomLedger>],
    passes: &Passes,
    live: &Arc<Live>,
) -> Client {
    let (room, place) = (index % options.rooms, index / options.rooms);
    let in_room = (options.clients - room).div_ceil(options.rooms);
    let between = Duration::from_secs_f64(1.0 / options.rate.max(0.001));
    Client {
        number: 1_000_000 + index as u64,
        pass: passes[&(room, place / PER_USER)].clone(),
        room: rooms[room].clone(),
        live: live.clone(),
        pause: between * in_room as u32,
        // Rooms are out of step with each other, too.
        offset: between * place as u32 + between.mul_f64(room as f64 / options.rooms as f64),
        points: options.points,
    }
}

/// Connects clients and starts them.
async fn gather(
    clients: Vec<Client>,
    phase: &watch::Receiver<Phase>,
    running: &mut JoinSet<Seen>,
    joins: &mut Latencies,
) -> Result<()> {
    let joined = stream::iter(clients).map(|c| async move { c.join().await.map(|socket| (c, socket)) });
    let mut joined = std::pin::pin!(joined.buffer_unordered(AT_ONCE));
    while let Some(one) = joined.next().await {
        let (client, (socket, took)) = one.context("a client could not join")?;
        joins.note(took.as_micros() as u64);
        progress(&format!("{} connected", Live::get(&client.live.connected)));
        running.spawn(client.run(socket, phase.clone()));
    }
    Ok(())
}

/// Shows a line a second; answers the server's largest memory.
async fn watch_drawing(options: &Options, live: &Live) -> Option<u64> {
    let mut peak = None;
    let mut before = 0;
    for second in 1..=options.seconds {
        time::sleep(Duration::from_secs(1)).await;
        peak = peak.max(options.pid.and_then(process::memory_kib));
        let delivered = Live::get(&live.delivered);
        let (sent, lost_links) = (Live::get(&live.sent), Live::get(&live.disconnects));
        let rate = delivered - before;
        progress(&format!("{second:>4} s  {sent:>8} sent  {rate:>8} delivered/s  {lost_links} disconnects"));
        before = delivered;
    }
    peak
}

/// Waits for what is still on its way; answers how many deliveries there must be.
async fn listen(options: &Options, rooms: &[Arc<RoomLedger>], live: &Live) -> u64 {
    let end = Instant::now() + PATIENCE;
    loop {
        let in_room = |room: usize| (options.clients - room).div_ceil(options.rooms) as u64;
        let expected = rooms.iter().enumerate().map(|(i, ledger)| ledger.len() * in_room(i)).sum();
        if Live::get(&live.delivered) >= expected || Instant::now() > end {
            return expected;
        }
        time::sleep(Duration::from_millis(20)).await;
    }
}

/// One line that is written over on a terminal; elsewhere only whole seconds are worth a line of their own.
fn progress(text: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{text}");
        let _ = std::io::stderr().flush();
    } else if text.contains("delivered/s") {
        eprintln!("{text}");
    }
}
