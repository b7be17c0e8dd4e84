//! Debian's sshd as an ordinary process with a host key and one user of its own. Run by root, it is started as
//! somebody without rights, since sshd of root needs an account of the machine.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::programs;

/// `nobody` of Debian.
const NOBODY: u32 = 65534;
const PATIENCE: Duration = Duration::from_secs(20);

/// A key pair as `ssh-keygen` writes it.
#[derive(Debug, Clone)]
pub struct Key {
    /// The private half.
    pub private: String,
    /// The public half: kind, base64, comment.
    pub public: String,
}

/// A server that lets its keys in as the user `git`, and serves every repository that `nobody` may read.
#[derive(Debug)]
pub struct Sshd {
    folder: TempDir,
    packages: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl Key {
    /// A new key of a kind (`ed25519`, `ecdsa`, `rsa`), encrypted if there is a password.
    ///
    /// # Errors
    /// If ssh-keygen fails.
    pub fn generate(kind: &str, password: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("key");
        let mut keygen = Command::new(programs::sshd()?.join("openssh-client/usr/bin/ssh-keygen"));
        keygen
            .args(["-q", "-t", kind, "-N", password, "-C", "test", "-f"])
            .arg(&path);
        ensure!(keygen.status()?.success(), "ssh-keygen failed");
        Ok(Self {
            private: fs::read_to_string(&path)?,
            public: fs::read_to_string(path.with_extension("pub"))?,
        })
    }
}

impl Sshd {
    /// Starts a server with a host key, for clients with these keys.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(host: &Key, clients: &[&Key]) -> Result<Self> {
        let packages = programs::sshd()?;
        let folder = tempfile::Builder::new().prefix("sshd").tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Self {
            folder,
            packages,
            port,
            process: None,
        };
        server.write(host, clients)?;
        server.up()?;
        Ok(server)
    }

    fn write(&self, host: &Key, clients: &[&Key]) -> Result<()> {
        let folder = self.folder.path();
        fs::create_dir_all(folder.join("home"))?;
        self.copy_programs()?;
        // Repositories belong to whoever runs the test.
        fs::write(folder.join("home/.gitconfig"), "[safe]\n\tdirectory = *\n")?;
        fs::write(folder.join("host"), &host.private)?;
        let keys: Vec<_> = clients.iter().map(|key| key.public.as_str()).collect();
        fs::write(folder.join("authorized_keys"), keys.concat())?;
        let (user, group) = owner();
        let home = folder.join("home");
        fs::write(
            folder.join("passwd"),
            format!("git:x:{user}:{group}:git:{}:/bin/sh\n", home.display()),
        )?;
        fs::write(folder.join("group"), format!("git:x:{group}:\n"))?;
        fs::write(folder.join("config"), self.configuration())?;
        for path in ["host", "authorized_keys", "home", "home/.gitconfig"] {
            let path = folder.join(path);
            if is_root() {
                std::os::unix::fs::chown(&path, Some(NOBODY), Some(NOBODY))?;
            }
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        Ok(fs::set_permissions(
            folder.join("host"),
            fs::Permissions::from_mode(0o600),
        )?)
    }

    /// The cache may lie where only its owner may look.
    fn copy_programs(&self) -> Result<()> {
        let folder = self.folder.path();
        fs::copy(
            self.packages.join("openssh-server/usr/sbin/sshd"),
            folder.join("sshd"),
        )?;
        let session = self.packages.join("openssh-server/usr/lib/openssh/sshd-session");
        if session.exists() {
            fs::copy(session, folder.join("sshd-session"))?;
        }
        for package in ["libwrap0", "libnss-wrapper"] {
            for library in libraries(&self.packages.join(package).join("usr/lib"))? {
                let name = library.file_name().context("a library has a name")?;
                fs::copy(&library, folder.join(name))?;
            }
        }
        Ok(())
    }

    fn configuration(&self) -> String {
        let folder = self.folder.path().display();
        let mut lines = vec![
            format!("Port {}", self.port),
            "ListenAddress 127.0.0.1".to_owned(),
            format!("HostKey {folder}/host"),
            format!("AuthorizedKeysFile {folder}/authorized_keys"),
            "PidFile none".to_owned(),
            "UsePAM no".to_owned(),
            "StrictModes no".to_owned(),
            "PasswordAuthentication no".to_owned(),
            "KbdInteractiveAuthentication no".to_owned(),
        ];
        if self.folder.path().join("sshd-session").exists() {
            lines.push(format!("SshdSessionPath {folder}/sshd-session"));
        }
        lines.join("\n") + "\n"
    }

    /// Starts it again on the same port.
    ///
    /// # Errors
    /// If it does not listen in time.
    pub fn up(&mut self) -> Result<()> {
        let folder = self.folder.path();
        let log = fs::File::create(folder.join("log"))?;
        let mut command = Command::new(folder.join("sshd"));
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LD_LIBRARY_PATH", folder)
            .env("LD_PRELOAD", folder.join("libnss_wrapper.so"))
            .env("NSS_WRAPPER_PASSWD", folder.join("passwd"))
            .env("NSS_WRAPPER_GROUP", folder.join("group"))
            .args(["-D", "-e", "-f"])
            .arg(folder.join("config"))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        self.process = Some(command.spawn().context("sshd cannot be run")?);
        let end = Instant::now() + PATIENCE;
        while !self.log().contains("Server listening") {
            let process = self.process.as_mut().context("it runs")?;
            if let Some(status) = process.try_wait()? {
                bail!("sshd ended with {status}: {}", self.log());
            }
            ensure!(Instant::now() < end, "sshd does not listen: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Ends it.
    pub fn down(&mut self) {
        if let Some(mut process) = self.process.take() {
            // Fails where it has ended by itself, which is as good.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// What it says of itself.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Its name in `known_hosts`.
    pub fn name(&self) -> String {
        format!("[127.0.0.1]:{}", self.port)
    }

    /// Address of a repository.
    pub fn url(&self, repository: &Path) -> String {
        format!("ssh://git@127.0.0.1:{}{}", self.port, repository.display())
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.down();
    }
}

fn libraries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(libraries(&path)?);
        } else if path.to_string_lossy().contains(".so") && path.exists() {
            found.push(path);
        }
    }
    Ok(found)
}

fn owner() -> (u32, u32) {
    use std::os::unix::fs::MetadataExt as _;
    if is_root() {
        return (NOBODY, NOBODY);
    }
    // Of a folder that belongs to whoever runs this.
    fs::metadata("/proc/self").map_or((NOBODY, NOBODY), |own| (own.uid(), own.gid()))
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
