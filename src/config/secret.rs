//! Where a secret comes from: an environment variable, a file, a credential of systemd or Docker, or a command.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::domain::Secret;

/// Where a secret comes from. It is read when it is needed, not when the configuration is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file; absolute, since it was relative to the configuration.
    File(PathBuf),
    /// A name in systemd's folder of credentials (`$CREDENTIALS_DIRECTORY`), else in `/run/secrets`.
    Credential(String),
    /// A program and its arguments; its output is the secret.
    Command(Vec<String>),
}

/// Why a secret can't be had. It never shows the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the environment variable `{0}` is not set")]
    Unset(String),
    #[error("the environment variable `{0}` is not UTF-8")]
    NotText(String),
    #[error("the secret file `{path}` can't be read: {cause}")]
    File { path: PathBuf, cause: std::io::Error },
    #[error("there is no credential `{name}`: looked in {looked}")]
    NoCredential { name: String, looked: String },
    #[error("`{0}` can't be run: {1}")]
    Start(String, std::io::Error),
    #[error("`{0}` ended with {1}, so its output is not taken as a secret")]
    Ended(String, std::process::ExitStatus),
    #[error("`{0}` gave no secret within {seconds} s", seconds = PATIENCE.as_secs())]
    Slow(String),
    #[error("{0} is empty")]
    Empty(SecretSource),
    #[error("{0} is longer than {LARGEST} bytes or no UTF-8, so it is no password")]
    Unfit(SecretSource),
}

/// How long a command may take, with a person typing a passphrase in mind.
const PATIENCE: Duration = Duration::from_secs(60);
/// More is no password.
const LARGEST: u64 = 16 * 1024;
const DOCKER_SECRETS: &str = "/run/secrets";

impl SecretSource {
    /// Reads it; line ends at its end are dropped.
    pub fn resolve(&self) -> Result<Secret, SecretError> {
        let bytes = match self {
            Self::Env(name) => env(name)?.into_bytes(),
            Self::File(path) => read(path).map_err(|cause| SecretError::File { path: path.clone(), cause })?,
            Self::Credential(name) => credential(name)?,
            Self::Command(argv) => run(argv)?,
        };
        if bytes.len() as u64 > LARGEST {
            return Err(SecretError::Unfit(self.clone()));
        }
        let text = String::from_utf8(bytes).map_err(|_| SecretError::Unfit(self.clone()))?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() { Err(SecretError::Empty(self.clone())) } else { Ok(Secret::new(text)) }
    }

    /// The file behind it, if everyone on this machine may read it.
    pub fn world_readable(&self) -> Option<&Path> {
        use std::os::unix::fs::PermissionsExt;
        let Self::File(path) = self else { return None };
        let mode = std::fs::metadata(path).ok()?.permissions().mode();
        (mode & 0o004 != 0).then_some(path)
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable `{name}`"),
            Self::File(path) => write!(f, "the secret file `{}`", path.display()),
            Self::Credential(name) => write!(f, "the credential `{name}`"),
            Self::Command(argv) => write!(f, "the output of `{}`", program(argv)),
        }
    }
}

fn env(name: &str) -> Result<String, SecretError> {
    std::env::var(name).map_err(|error| match error {
        std::env::VarError::NotPresent => SecretError::Unset(name.to_owned()),
        std::env::VarError::NotUnicode(_) => SecretError::NotText(name.to_owned()),
    })
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn credential(name: &str) -> Result<Vec<u8>, SecretError> {
    let folders: Vec<PathBuf> =
        std::env::var_os("CREDENTIALS_DIRECTORY").into_iter().map(PathBuf::from).chain([DOCKER_SECRETS.into()]).collect();
    for folder in &folders {
        let path = folder.join(name);
        match read(&path) {
            Ok(bytes) => return Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => return Err(SecretError::File { path, cause }),
        }
    }
    let looked = match folders.len() {
        1 => format!("`{DOCKER_SECRETS}` (`$CREDENTIALS_DIRECTORY` is not set)"),
        _ => folders.iter().map(|folder| format!("`{}`", folder.display())).collect::<Vec<_>>().join(" and "),
    };
    Err(SecretError::NoCredential { name: name.to_owned(), looked })
}

/// Runs it without a shell and without input. Its error output goes where ours goes: it may ask for a passphrase.
fn run(argv: &[String]) -> Result<Vec<u8>, SecretError> {
    let name = program(argv);
    let (first, rest) = argv.split_first().expect("the check refuses an empty command");
    let start = |error| SecretError::Start(name.clone(), error);
    let mut child = Command::new(first).args(rest).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(start)?;
    let mut output = child.stdout.take().expect("its output was asked for").take(LARGEST + 1);
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.read_to_end(&mut bytes).map(|_| bytes);
        // nobody listens any more when it took too long
        let _ = tell.send(read);
    });
    let Ok(read) = told.recv_timeout(PATIENCE) else {
        // it may have ended just now: then there is nothing to kill
        let _ = child.kill();
        let _ = child.wait();
        return Err(SecretError::Slow(name));
    };
    let status = child.wait().map_err(start)?;
    if status.success() { read.map_err(start) } else { Err(SecretError::Ended(name, status)) }
}

/// A command's name without its arguments: they may hold what nobody should read.
fn program(argv: &[String]) -> String {
    match argv {
        [shell, option, line] if shell == "sh" && option == "-c" => line.split_whitespace().next().unwrap_or_default().to_owned(),
        _ => argv.first().cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_file_is_read_without_its_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "abcd efgh\r\n").unwrap();
        assert_eq!(SecretSource::File(path).resolve().unwrap().reveal(), "abcd efgh");
    }

    #[test]
    fn a_command_gives_its_output_as_the_secret() {
        let argv = |words: &[&str]| SecretSource::Command(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(argv(&["printf", "abc\\n"]).resolve().unwrap().reveal(), "abc");
        assert_eq!(
            argv(&["false", "hidden"]).resolve().unwrap_err().to_string(),
            "`false` ended with exit status: 1, so its output is not taken as a secret"
        );
        assert!(
            matches!(argv(&["wirepress-no-such-program"]).resolve(), Err(SecretError::Start(name, _)) if name == "wirepress-no-such-program")
        );
    }

    #[test]
    fn what_can_not_be_had_says_why_without_the_secret() {
        let error = SecretSource::Env("WIREPRESS_NO_SUCH_VARIABLE".into()).resolve().unwrap_err();
        assert_eq!(error.to_string(), "the environment variable `WIREPRESS_NO_SUCH_VARIABLE` is not set");
        let error = SecretSource::File("/no/such/file".into()).resolve().unwrap_err();
        assert_eq!(error.to_string(), "the secret file `/no/such/file` can't be read: No such file or directory (os error 2)");
        let empty = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(SecretSource::File(empty.path().into()).resolve(), Err(SecretError::Empty(_))));
    }

    #[test]
    fn only_a_file_that_everyone_may_read_is_world_readable() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        let source = SecretSource::File(file.path().into());
        for (mode, open) in [(0o600, false), (0o640, false), (0o644, true)] {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(source.world_readable().is_some(), open, "{mode:o}");
        }
    }
}
