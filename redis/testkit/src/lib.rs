//! For tests: a private Redis server that lives as long as the test process.
//!
//! A missing server is a failure, never a skip. `REDIS_SERVER` names the program where it isn't Debian's.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long the server may take to answer.
const START_LIMIT: Duration = Duration::from_secs(30);
/// Prints the server's process id, and ends the server when the pipe to the test process closes, however that ends.
const SUPERVISOR: &str = r#""$@" >/dev/null 2>&1 </dev/null & echo $!; read -r _; kill -KILL $!; wait"#;

/// A Redis server of its own: own port on 127.0.0.1, nothing on disk. It can be killed, paused and started again, on the same port and empty.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    folder: TempDir,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    supervisor: Child,
    /// The pipe whose end is the end of the server.
    lifeline: Option<ChildStdin>,
    pid: String,
}

impl RedisServer {
    /// A server that answers.
    ///
    /// # Panics
    /// When it can't be started: the message says what is missing.
    pub fn start() -> Self {
        match Self::try_start() {
            Ok(server) => server,
            Err(e) => {
                panic!("no Redis for the tests: {e}. Install redis-server (Debian) or set REDIS_SERVER")
            }
        }
    }

    fn try_start() -> io::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = tempfile::Builder::new().prefix("meridian-redis-").tempdir()?;
        let mut server = Self { port, folder, running: None };
        server.run()?;
        Ok(server)
    }

    fn run(&mut self) -> io::Result<()> {
        let program = std::env::var_os("REDIS_SERVER").unwrap_or_else(|| "/usr/bin/redis-server".into());
        let mut supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR, "sh"])
            .arg(program)
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--dir"])
            .arg(self.folder.path())
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let lifeline = supervisor.stdin.take();
        let mut pid = String::new();
        if let Some(stdout) = supervisor.stdout.take() {
            BufReader::new(stdout).read_line(&mut pid)?;
        }
        self.running = Some(Running { supervisor, lifeline, pid: pid.trim().to_owned() });
        let begin = Instant::now();
        while !self.answers() {
            if begin.elapsed() > START_LIMIT {
                return Err(io::Error::other("the server did not start"));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn answers(&self) -> bool {
        self.command("PING").is_ok_and(|reply| reply == "+PONG")
    }

    /// Sends one line to the server, as one may type it by telnet, and returns the first line of the answer.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn command(&self, line: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(format!("{line}\r\n").as_bytes())?;
        let mut reply = Vec::new();
        let mut byte = [0];
        while byte != *b"\n" {
            stream.read_exact(&mut byte)?;
            reply.extend_from_slice(&byte);
        }
        Ok(String::from_utf8_lossy(&reply).trim_end().to_owned())
    }

    /// `redis://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            drop(running.lifeline.take());
            let _ = running.supervisor.wait();
        }
    }

    /// Starts it again on the same port, empty.
    ///
    /// # Panics
    /// When it can't be started.
    pub fn restart(&mut self) {
        self.kill();
        if let Err(e) = self.run() {
            panic!("Redis did not come back: {e}");
        }
    }

    /// Stands still, as behind a cut network: connections stay open, nothing answers.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Goes on after [`RedisServer::pause`].
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        if let Some(running) = &self.running {
            let _ = Command::new("kill").args([signal, &running.pid]).status();
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
