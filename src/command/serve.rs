//! `davbox serve`: opens the store, listens, drains on SIGTERM.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lexopt::prelude::*;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::{Done, Failed, open, say, usage};
use crate::dav::{Limits, Site};
use crate::server::{self, Listener};
use crate::settings;
use crate::signin::{Door, password};
use crate::store::{NewPrincipal, Store, is_user_name};

struct Options {
    http: Option<String>,
    https: Option<String>,
}

pub fn run(mut parser: lexopt::Parser, data: PathBuf) -> Done {
    let mut options = Options {
        http: None,
        https: None,
    };
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("http") => options.http = Some(address(&mut parser)?),
            Long("https") => options.https = Some(address(&mut parser)?),
            Long("no-mdns") => {}
            other => return Err(usage(other.unexpected())),
        }
    }
    let store = open(&data)?;
    let workers = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 8));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .max_blocking_threads(16)
        .thread_keep_alive(Duration::from_secs(2))
        .enable_all()
        .build()?;
    let served = runtime.block_on(serve(&store, &options, &data));
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}

fn address(parser: &mut lexopt::Parser) -> Result<String, Failed> {
    let value = parser
        .value()
        .map_err(usage)?
        .to_string_lossy()
        .into_owned();
    settings::listener(&value).map_err(Failed::usage)?;
    Ok(value)
}

async fn serve(store: &Store, options: &Options, data: &Path) -> Done {
    let (http, limits, guests) = {
        let snapshot = store.snapshot()?;
        let view = snapshot.view();
        let stored = |setting: &settings::Setting| view.setting(setting.name);
        let http = match &options.http {
            Some(http) => http.clone(),
            None => settings::HTTP.value(stored(&settings::HTTP)?),
        };
        let limits = Limits {
            object: settings::OBJECT_BYTES.number(stored(&settings::OBJECT_BYTES)?) as usize,
            quota: settings::QUOTA_BYTES.number(stored(&settings::QUOTA_BYTES)?),
        };
        let guests = server::Limits {
            connections: settings::CONNECTIONS.number(stored(&settings::CONNECTIONS)?) as usize,
            per_address: settings::CONNECTIONS_PER_ADDRESS
                .number(stored(&settings::CONNECTIONS_PER_ADDRESS)?)
                as usize,
        };
        (http, limits, guests)
    };
    let Some(http) = settings::listener(&http).map_err(Failed::because)? else {
        return Err(Failed::because(
            "with --http off nothing would be answered: this version has no HTTPS yet.",
        ));
    };
    if options.https.as_deref().is_some_and(|https| https != "off") {
        log::warn!("this version has no HTTPS yet; --https is passed over");
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let attended = std::io::stdout().is_terminal();
    let mut hangup = signal(SignalKind::hangup())?;

    let listener = Listener::bind(http)
        .await
        .map_err(|e| Failed::because(refused_port(&e)))?;
    let bound = listener.address()?;
    let site = Arc::new(Site::open(store.clone(), limits));
    let door = Door::new(store.clone())?;
    let (drain, draining) = watch::channel(false);
    let serving = tokio::spawn(server::serve(listener, site, door, guests, draining));
    say(&format!("davbox listens on {}\n", url(bound)))?;
    welcome(store, bound, data).await?;

    let mut hourly = tokio::time::interval(Duration::from_secs(3600));
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            // A window that was closed; a service is asked to read its certificates again, of
            // which there are none yet.
            _ = hangup.recv() => if attended { break },
            _ = hourly.tick() => store.clear_stale_readers(),
        }
    }
    if attended {
        say("davbox is stopping.\n")?;
    }
    let _ = drain.send(true);
    let _ = serving.await;
    Ok(())
}

fn refused_port(e: &std::io::Error) -> String {
    let advice = match e.kind() {
        std::io::ErrorKind::AddrInUse => {
            "Another program answers there, perhaps another davbox. Stop it, or choose another \
             port with --http, such as --http 5233."
        }
        std::io::ErrorKind::PermissionDenied => {
            "This port is for the system's own programs. Choose one above 1023 with --http."
        }
        _ => "Choose another address with --http.",
    };
    format!("cannot listen on {e}.\n{advice}")
}

/// An address that can be typed.
fn url(bound: SocketAddr) -> String {
    if bound.ip().is_unspecified() {
        format!("http://localhost:{}/", bound.port())
    } else {
        format!("http://{bound}/")
    }
}

/// A command as the person would type it here.
fn call(words: &str, data: &Path) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "davbox".into());
    if data == Path::new(super::DATA) {
        format!("{program} {words}")
    } else {
        format!("{program} {words} --data {}", data.display())
    }
}

/// On an empty store: a first account where someone sits at the terminal, else the command that
/// makes one.
async fn welcome(store: &Store, bound: SocketAddr, data: &Path) -> Done {
    if store.snapshot()?.view().principal_count()? > 0 {
        return Ok(());
    }
    if !std::io::stdout().is_terminal() {
        return say(&format!(
            "There is no user yet. Make one with: {}\n",
            call("user add NAME", data)
        ));
    }
    let name = std::env::var("USER")
        .ok()
        .map(|name| name.to_lowercase())
        .filter(|name| is_user_name(name) && name != "root")
        .unwrap_or_else(|| "me".into());
    let made = password::generate()?;
    let new = NewPrincipal {
        name: name.clone(),
        display_name: None,
        emails: Vec::new(),
        admin: true,
        password: password::hash(&made)?,
        now: crate::dav::now(),
    };
    store
        .write(move |w| w.add_principal(&new))
        .await
        .map_err(|e| Failed::because(format!("{e}.")))?;
    say(&format!(
        "\nThis is your first account. Enter it in your calendar program:\n\
         \n    Server    {}\n    Name      {name}\n    Password  {made}    (shown this once)\n\
         \nMore people: {}\nCtrl-C stops davbox.\n",
        url(bound),
        call("user add NAME", data)
    ))
}
