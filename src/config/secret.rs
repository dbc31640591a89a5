//! Where a secret comes from, and the secret itself: a file, an environment variable or a command.
//!
//! A secret is a [`SecretString`]: it is in no `Debug`, `Display`, log or error. It is resolved when it is
//! needed, so that `config check`, `inspect` and `form` work without it.

use super::{places::Masked, problem::ConfigError};
use secrecy::SecretString;
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

/// How long a command may take: it may ask a vault over the network, but not a person.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// Where a secret comes from.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// A file whose content, without the last line end, is the secret.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A command, run by `sh -c`, whose output without the last line end is the secret.
    Command(Masked),
}

impl SecretSource {
    /// The one source that is given, if exactly one is.
    pub(super) fn of(file: &Option<PathBuf>, variable: &Option<String>, command: &Option<Masked>) -> Option<Self> {
        match (file, variable, command) {
            (Some(path), None, None) => Some(Self::File(path.clone())),
            (None, Some(name), None) => Some(Self::Variable(name.clone())),
            (None, None, Some(command)) => Some(Self::Command(command.clone())),
            _ => None,
        }
    }
}

/// Fetches the secret.
pub async fn resolve(source: &SecretSource) -> Result<SecretString, ConfigError> {
    let (place, text) = match source {
        SecretSource::File(path) => (format!("密码文件 {}", path.display()), from_file(path)?),
        SecretSource::Variable(name) => (format!("环境变量 {name}"), from_variable(name)?),
        SecretSource::Command(command) => ("取密码的命令".to_owned(), from_command(command, COMMAND_LIMIT).await?),
    };
    let secret = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if secret.is_empty() {
        Err(ConfigError::one(format!("{place}：内容为空，请写入密码或授权码。")))
    } else {
        Ok(secret.into())
    }
}

fn from_file(path: &Path) -> Result<String, ConfigError> {
    let failed = |error: std::io::Error| ConfigError::one(format!("密码文件 {}：读取失败，请检查路径和权限（{error}）。", path.display()));
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(secret.path = %path.display(), "密码文件可被他人读取，请执行 chmod 600");
    }
    std::fs::read_to_string(path).map_err(failed)
}

fn from_variable(name: &str) -> Result<String, ConfigError> {
    std::env::var(name).map_err(|_| ConfigError::one(format!("环境变量 {name}：没有设置，请设置后再运行。")))
}

/// The child's messages go to our standard error; its output, the secret, is in no error.
async fn from_command(command: &Masked, limit: Duration) -> Result<String, ConfigError> {
    let failed = |what: String| ConfigError::one(format!("取密码的命令（配置中以 _command 结尾的一项）{what}，请在终端里试运行并改正。"));
    let run = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(command.expose())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(limit, run).await.map_err(|_| failed(format!("超过 {} 秒没有结束", limit.as_secs())))?;
    let output = output.map_err(|error| failed(format!("无法启动（{error}）")))?;
    if !output.status.success() {
        return Err(failed(format!("没有成功（{}）", output.status)));
    }
    String::from_utf8(output.stdout).map_err(|_| failed("输出的不是 UTF-8 文字".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    async fn run(command: &str) -> Result<String, ConfigError> {
        let source = SecretSource::Command(command.to_owned().into());
        resolve(&source).await.map(|secret| secret.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn one_line_end_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("imap");
        for (content, secret) in
            [("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), (" hunter2 \n\n", " hunter2 \n"), ("hunter2", "hunter2")]
        {
            std::fs::write(&path, content).unwrap();
            assert_eq!(resolve(&SecretSource::File(path.clone())).await.unwrap().expose_secret(), secret);
        }
        std::fs::write(&path, "\n").unwrap();
        assert!(resolve(&SecretSource::File(path.clone())).await.unwrap_err().to_string().contains("内容为空"));
    }

    #[tokio::test]
    async fn commands() {
        assert_eq!(run("printf 'hunter2\\n'").await.unwrap(), "hunter2");
        let failed = run("echo hunter2; exit 3").await.unwrap_err().to_string();
        assert!(failed.contains("没有成功") && !failed.contains("hunter2"), "{failed}");
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_ended() {
        let failed = from_command(&"read line < /dev/zero".to_owned().into(), Duration::from_millis(50)).await;
        assert!(failed.unwrap_err().to_string().contains("没有结束"));
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let missing = resolve(&SecretSource::Variable("ZHIHUI_TEST_NOT_SET".into())).await.unwrap_err().to_string();
        assert!(missing.contains("ZHIHUI_TEST_NOT_SET"));
        let missing = resolve(&SecretSource::File("/nonexistent/imap".into())).await.unwrap_err().to_string();
        assert!(missing.contains("/nonexistent/imap"));
    }

    #[test]
    fn a_command_is_not_shown() {
        let source = SecretSource::Command("echo hunter2".to_owned().into());
        assert!(!format!("{source:?}").contains("hunter2"));
    }
}
