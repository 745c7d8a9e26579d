//! For tests: a private Postgres server that lives as long as the test process.
//!
//! A missing server is a failure, never a skip: a suite that silently left out an engine would prove nothing about it. `POSTGRES_BIN` names the folder of
//! `initdb` and `postgres` where it isn't Debian's.

use std::{
    fs,
    io::{self, Read},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How long the server may take to accept connections.
const START_LIMIT: Duration = Duration::from_secs(60);
/// The user that servers run as when the tests run as root, which Postgres refuses.
const SERVER_USER: &str = "postgres";

/// A Postgres server of its own: own data directory, own port on 127.0.0.1. Durable as in production (`fsync` on).
///
/// Stops, and its directory goes, when it is dropped or when the process ends in any way: the server's parent reads a pipe that only this process holds open.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    bin: PathBuf,
    databases: AtomicU32,
    supervisor: Child,
    /// The pipe whose end is the end of the server.
    lifeline: Option<ChildStdin>,
}

impl Postgres {
    /// The server that all tests of this process share, started at first use.
    ///
    /// # Panics
    /// When it can't be started.
    pub fn shared() -> &'static Postgres {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Postgres::start(&[]))
    }

    /// A server with more settings, such as `["fsync=off"]`.
    ///
    /// # Panics
    /// When it can't be started: the message says what is missing.
    pub fn start(settings: &[&str]) -> Postgres {
        match Self::try_start(settings) {
            Ok(server) => server,
            Err(e) => {
                panic!("no Postgres for the tests: {e}. Install postgresql (Debian) or set POSTGRES_BIN")
            }
        }
    }

    fn try_start(settings: &[&str]) -> io::Result<Postgres> {
        let bin = binaries()?;
        let root = is_root()?;
        let dir = tempfile::Builder::new().prefix("meridian-postgres-").tempdir()?.keep();
        if root {
            succeed(Command::new("chown").arg(SERVER_USER).arg(&dir))?;
        }
        let data = dir.join("data");
        let mut initdb = as_server_user(root, &bin.join("initdb"));
        succeed(initdb.arg("-D").arg(&data).args([
            "-U",
            SERVER_USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]))?;
        fs::write(dir.join("run.sh"), supervisor(root, settings))?;

        let port = free_port()?;
        let mut supervisor = Command::new("sh")
            .arg(dir.join("run.sh"))
            .args([bin.as_path(), dir.as_path()])
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let lifeline = supervisor.stdin.take();
        let mut server = Postgres { port, bin, databases: AtomicU32::new(0), supervisor, lifeline };
        server.wait_until_ready(&dir)?;
        Ok(server)
    }

    fn wait_until_ready(&mut self, dir: &Path) -> io::Result<()> {
        let begin = Instant::now();
        loop {
            let mut ready = Command::new(self.bin.join("pg_isready"));
            let answers =
                ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]).status()?.success();
            if answers {
                return Ok(());
            }
            if self.supervisor.try_wait()?.is_some() || begin.elapsed() > START_LIMIT {
                let log = fs::read_to_string(dir.join("log")).unwrap_or_default();
                return Err(io::Error::other(format!("the server did not start: {log}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a database by name; the superuser needs no password.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{SERVER_USER}@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// The URL of a new, empty database.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn new_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// Runs SQL as the superuser and returns what `psql -At` prints.
    ///
    /// # Panics
    /// When it fails.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", sql]);
        match succeed(&mut psql) {
            Ok(output) => output,
            Err(e) => panic!("{sql}: {e}"),
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.supervisor.wait();
    }
}

/// The server's parent: `$1` is the folder of binaries, `$2` the directory, `$3` the port.
fn supervisor(root: bool, settings: &[&str]) -> String {
    let user = if root {
        format!("setpriv --reuid={SERVER_USER} --regid={SERVER_USER} --clear-groups ")
    } else {
        String::new()
    };
    let settings: String = settings.iter().map(|s| format!(" -c {s}")).collect();
    format!(
        r#"{user}"$1/postgres" -D "$2/data" -k "" -h 127.0.0.1 -p "$3" -c max_connections=200{settings} >"$2/log" 2>&1 </dev/null &
server=$!
(while kill -0 $server 2>/dev/null; do sleep 1; done; kill $$ 2>/dev/null) </dev/null &
watch=$!
trap 'exit 1' TERM
read -r _
kill $watch 2>/dev/null
kill -INT $server 2>/dev/null
wait $server
rm -rf "$2"
"#
    )
}

fn as_server_user(root: bool, program: &Path) -> Command {
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={SERVER_USER}"), &format!("--regid={SERVER_USER}"), "--clear-groups"]);
    // initdb wants a directory that it may enter.
    command.arg(program).current_dir("/");
    command
}

fn binaries() -> io::Result<PathBuf> {
    if let Some(dir) = std::env::var_os("POSTGRES_BIN") {
        return Ok(dir.into());
    }
    let versions = fs::read_dir("/usr/lib/postgresql")
        .map_err(|_| io::Error::other("/usr/lib/postgresql is missing"))?;
    let mut found: Vec<PathBuf> = versions.filter_map(|v| Some(v.ok()?.path().join("bin"))).collect();
    found.retain(|bin| bin.join("postgres").exists());
    found.sort();
    found.pop().ok_or_else(|| io::Error::other("no server in /usr/lib/postgresql"))
}

fn is_root() -> io::Result<bool> {
    Ok(succeed(Command::new("id").arg("-u"))?.trim() == "0")
}

fn free_port() -> io::Result<u16> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    debug_assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    Ok(port)
}

fn succeed(command: &mut Command) -> io::Result<String> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut output = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut output)?;
    }
    let mut errors = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut errors)?;
    }
    if child.wait()?.success() {
        Ok(output)
    } else {
        Err(io::Error::other(format!("{command:?} failed: {errors}")))
    }
}
