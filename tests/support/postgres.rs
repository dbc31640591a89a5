//! A private PostgreSQL server, for the record on a server. It refuses to run as root: there it runs as Debian's
//! `postgres`.

use super::process::{Server, free_port, is_root, run};
use std::{
    fs::Permissions,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};
use tempfile::TempDir;

/// A running server.
pub struct Postgres {
    folder: TempDir,
    server: Mutex<Option<Server>>,
    /// Where it listens.
    pub port: u16,
    databases: AtomicU32,
    fsync: &'static str,
}

impl Postgres {
    /// Starts an empty server. What it writes is not synced: the machine stays, whatever happens to the server.
    pub fn start() -> Self {
        Self::start_with("fsync=off")
    }

    /// One that syncs, to be timed.
    pub fn start_synced() -> Self {
        Self::start_with("fsync=on")
    }

    fn start_with(fsync: &'static str) -> Self {
        let folder = tempfile::Builder::new().prefix("postgres").permissions(Permissions::from_mode(0o700)).tempdir().expect("a folder");
        if is_root() {
            let id = |flag: &str| run(Command::new("id").args([flag, "postgres"])).trim().parse().expect("a number");
            chown(folder.path(), Some(id("-u")), Some(id("-g"))).expect("the folder can be given away");
        }
        let postgres = Self { folder, server: Mutex::default(), port: free_port(), databases: AtomicU32::default(), fsync };
        let data = postgres.data();
        let (initdb, arguments) = command("initdb", &["-D", &data, "-U", "zhihui", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]);
        run(Command::new(initdb).args(arguments));
        postgres.start_again();
        postgres
    }

    /// Starts it again after [`Postgres::stop_at_once`], with what was committed.
    pub fn start_again(&self) {
        let (data, number) = (self.data(), self.port.to_string());
        let settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", self.fsync];
        let settings = settings.iter().flat_map(|setting| ["-c", setting]);
        let all: Vec<&str> = ["-D", &data, "-p", &number].into_iter().chain(settings).collect();
        let (postgres, arguments) = command("postgres", &all);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let server = Server::start(&postgres, &arguments);
        server.wait_for(self.port);
        // It listens before it serves.
        let is_ready = || Command::new(self::program("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &number]).status();
        assert!((0..10_000).any(|_| is_ready().is_ok_and(|status| status.success())), "it never serves:\n{}", server.log());
        *self.server.lock().expect("nobody panics with it") = Some(server);
    }

    /// Stops it as a crash does: connections break, nothing is written down, and the next start works through its log.
    pub fn stop_at_once(&self) {
        let data = self.data();
        let (pg_ctl, arguments) = command("pg_ctl", &["-D", &data, "-m", "immediate", "-w", "-s", "stop"]);
        run(Command::new(pg_ctl).args(arguments).current_dir("/"));
        drop(self.server.lock().expect("nobody panics with it").take());
    }

    /// What it said since it was started.
    pub fn log(&self) -> String {
        self.server.lock().expect("nobody panics with it").as_ref().map(Server::log).unwrap_or_default()
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> String {
        self.create("")
    }

    /// The address of a copy of a database to which nobody is connected.
    pub fn copy(&self, address: &str) -> String {
        let template = address.rsplit('/').next().expect("a database's name");
        self.create(&format!("TEMPLATE {template}"))
    }

    /// Removes a database, whoever is connected to it.
    pub fn remove(&self, address: &str) {
        let name = address.rsplit('/').next().expect("a database's name");
        self.sql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)"));
    }

    /// Breaks every connection to a database.
    pub fn disconnect(&self, address: &str) {
        let name = address.rsplit('/').next().expect("a database's name");
        let all = format!("SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'");
        self.sql("postgres", &all);
    }

    /// The same, of a database that puts Chinese in another order and knows capitals of every script.
    pub fn chinese_database(&self) -> String {
        self.create("TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans-CN' LOCALE 'C.UTF-8'")
    }

    fn create(&self, options: &str) -> String {
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} {options}"));
        format!("postgres://zhihui@127.0.0.1:{}/{name}", self.port)
    }

    /// What `psql` answers in a database, a line for each row.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let address = format!("postgres://zhihui@127.0.0.1:{}/{database}", self.port);
        run(Command::new(program("psql")).args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, &address]))
    }
}

/// A program of the server, as somebody whom it accepts.
fn command(name: &str, arguments: &[&str]) -> (PathBuf, Vec<String>) {
    let program = program(name);
    let arguments = arguments.iter().map(|argument| (*argument).to_owned());
    if !is_root() {
        return (program, arguments.collect());
    }
    let who = ["--reuid=postgres", "--regid=postgres", "--clear-groups"].map(str::to_owned);
    let program = program.display().to_string();
    (super::process::program("setpriv", "util-linux"), who.into_iter().chain([program]).chain(arguments).collect())
}

/// Debian keeps the server's programs apart for each version; the latest counts.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let mut found: Vec<PathBuf> = versions.map(|folder| folder.join(name)).filter(|path| path.is_file()).collect();
    found.sort_by_key(|path| path.components().filter_map(|part| part.as_os_str().to_str()?.parse::<u32>().ok()).next_back());
    found.pop().filter(|path| Path::is_file(path)).unwrap_or_else(|| super::process::program(name, "postgresql"))
}
