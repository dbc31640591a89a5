//! A certificate authority for one test and a server certificate for 127.0.0.1 and localhost, by `openssl`.

use super::process::{program, run};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Where the files are.
pub struct Certificates {
    /// The authority that a client trusts, for `SSL_CERT_FILE`.
    pub authority: PathBuf,
    /// The server's certificate.
    pub certificate: PathBuf,
    /// The server's key.
    pub key: PathBuf,
}

/// Makes both in the folder.
pub fn certificates(folder: &Path) -> Certificates {
    let path = |name: &str| folder.join(name);
    let openssl = program("openssl", "openssl");
    let request = |name: &str, arguments: &[&str]| {
        let mut command = Command::new(&openssl);
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
        command.args(["-config", "/dev/null", "-subj", &format!("/CN={name}")]).args(arguments);
        command.arg("-keyout").arg(path(&format!("{name}.key"))).arg("-out").arg(path(&format!("{name}.pem")));
        run(command.current_dir(folder));
    };
    request("authority", &["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]);
    let names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
    request(
        "server",
        &["-CA", "authority.pem", "-CAkey", "authority.key", "-addext", "basicConstraints=critical,CA:FALSE", "-addext", names],
    );
    Certificates { authority: path("authority.pem"), certificate: path("server.pem"), key: path("server.key") }
}
