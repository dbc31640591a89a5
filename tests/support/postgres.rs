//! A private PostgreSQL server, for the record on a server. It refuses to run as root: there it runs as Debian's
//! `postgres`.

use super::process::{Server, free_port, is_root, run};
use std::{
    fs::Permissions,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A running server.
pub struct Postgres {
    _folder: TempDir,
    _server: Server,
    port: u16,
    databases: std::cell::Cell<u32>,
}

impl Postgres {
    /// Starts an empty server.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("postgres").permissions(Permissions::from_mode(0o700)).tempdir().expect("a folder");
        if is_root() {
            let id = |flag: &str| run(Command::new("id").args([flag, "postgres"])).trim().parse().expect("a number");
            chown(folder.path(), Some(id("-u")), Some(id("-g"))).expect("the folder can be given away");
        }
        let data = folder.path().join("data").display().to_string();
        let (initdb, arguments) = command("initdb", &["-D", &data, "-U", "zhihui", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]);
        run(Command::new(initdb).args(arguments));
        let port = free_port();
        let number = port.to_string();
        let settings =
            ["-D", &data, "-p", &number, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"];
        let (postgres, arguments) = command("postgres", &settings);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let server = Server::start(&postgres, &arguments);
        server.wait_for(port);
        // It listens before it serves.
        let is_ready = || Command::new(self::program("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &number]).status();
        assert!((0..10_000).any(|_| is_ready().is_ok_and(|status| status.success())), "it never serves:\n{}", server.log());
        Self { _folder: folder, _server: server, port, databases: std::cell::Cell::default() }
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> String {
        let number = self.databases.replace(self.databases.get() + 1);
        self.sql("postgres", &format!("CREATE DATABASE d{number}"));
        format!("postgres://zhihui@127.0.0.1:{}/d{number}", self.port)
    }

    /// The same, of a database that puts Chinese in another order and knows capitals of every script.
    pub fn chinese_database(&self) -> String {
        let number = self.databases.replace(self.databases.get() + 1);
        let options = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans-CN' LOCALE 'C.UTF-8'";
        self.sql("postgres", &format!("CREATE DATABASE d{number} {options}"));
        format!("postgres://zhihui@127.0.0.1:{}/d{number}", self.port)
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
