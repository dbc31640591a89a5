//! The configuration file: TOML, every key a contract.
//!
//! `--config FILE`, else `$ZHIHUI_CONFIG`, else `config/zhihui.toml`. `ZHIHUI__SECTION__KEY` overrides a
//! key. A secret comes by `*_file`, `*_env` or `*_command` and is never printed. Unknown keys are errors
//! that name the nearest key. Relative paths are relative to the file.
//!
//! How a file becomes a [`Config`]: its text becomes a tree whose values know their lines (`file`), the
//! environment lays its values over it (`overrides`), the tree becomes the types (`decode` into `sections`,
//! `choices`, `places`, `values`), and what values must be to each other is checked (`rules`). Everything
//! that is wrong is told at once, in Chinese (`fault`, `problem`). Nothing here opens a mailbox, a database
//! or a network connection.

mod accessors;
pub mod builtin;
pub mod check;
mod choices;
mod decode;
mod fault;
mod file;
mod load;
mod overrides;
pub mod places;
pub mod problem;
mod rules;
pub mod secret;
mod sections;
#[cfg(test)]
mod tests;
pub mod values;

pub use check::{check, show};
pub use choices::{Addressing, After, Auth, Day, Profile, ReplyMode, Source, Tls, Transport, Verify, ViewOf};
pub use load::{CampaignFile, Loaded, environment, load_campaign, parse_campaign, parse_document};
pub use problem::ConfigError;
pub use sections::{Blobs, Config, Correction, Database, Digest, Http, Limits, Mailbox, Replies, Smtp, View};
