//! What a scene's record is: a file, on which one process works, or a database of a server, on which several do.

use crate::support::postgres::Postgres;
use std::{path::Path, sync::Arc};

/// The engines that a scene can play on.
#[derive(Clone)]
pub enum Engine {
    File,
    Server(Arc<Postgres>),
}

impl Engine {
    /// A server of its own.
    pub fn server() -> Engine {
        Engine::Server(Arc::new(Postgres::start()))
    }

    /// How many processes work at once.
    pub fn processes(&self) -> usize {
        match self {
            Engine::File => 1,
            Engine::Server(_) => 3,
        }
    }

    pub fn is_server(&self) -> bool {
        matches!(self, Engine::Server(_))
    }
}

/// A record.
pub enum Record {
    /// `zhihui.db` in the scene's folder.
    File,
    Server(Database),
}

/// A database, which goes with its scene.
pub struct Database {
    pub postgres: Arc<Postgres>,
    pub url: String,
}

impl Drop for Database {
    fn drop(&mut self) {
        // A test that has failed may have left the server as it is.
        if !std::thread::panicking() {
            self.postgres.remove(&self.url);
        }
    }
}

impl Record {
    pub fn new(engine: &Engine) -> Record {
        match engine {
            Engine::File => Record::File,
            Engine::Server(postgres) => Record::Server(Database { postgres: postgres.clone(), url: postgres.database() }),
        }
    }

    /// The same once more; a file is copied with its folder. Nobody is connected.
    pub fn copy(&self) -> Record {
        match self {
            Record::File => Record::File,
            Record::Server(Database { postgres, url }) => Record::Server(Database { postgres: postgres.clone(), url: postgres.copy(url) }),
        }
    }

    /// As the configuration in this folder names it.
    pub fn url(&self, folder: &Path) -> String {
        match self {
            Record::File => format!("sqlite:{}", folder.join("zhihui.db").display()),
            Record::Server(database) => database.url.clone(),
        }
    }

    /// Whether its tables are there.
    pub fn has_begun(&self, folder: &Path) -> bool {
        match self {
            Record::File => folder.join("zhihui.db").exists(),
            Record::Server(database) => database.ask("SELECT to_regclass('node') IS NOT NULL") == "t",
        }
    }

    /// The dead have given no sign for a minute now. On a file nobody waits for that.
    pub fn a_minute_later(&self) {
        if let Record::Server(database) = self {
            // They may have died over the making of the tables.
            let age = "UPDATE node SET seen_ms = seen_ms - 60000";
            database.ask(&format!("DO $$ BEGIN IF to_regclass('node') IS NOT NULL THEN {age}; END IF; END $$"));
        }
    }
}

impl Database {
    /// What psql answers.
    pub fn ask(&self, statement: &str) -> String {
        let name = self.url.rsplit('/').next().expect("a name");
        self.postgres.sql(name, statement).trim().to_owned()
    }
}
