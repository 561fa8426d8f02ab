//! The server: ports put on adapters, frontends put on a socket, and the way out.

mod batching;
mod encryption;
mod event_retention;
mod first_steps;
mod inbox;
mod issuers;
mod log;
mod partitions;
mod phone_claims;
mod signals;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use ringtrue_api::{App, DevInbox, Draining, Frontends, Limits, Listener, Workers};
use ringtrue_core::{
    Organizations, Settings, UserId, Users,
    authenticator::Authenticator,
    idempotency::{Idempotency, IdempotencyRules},
    keys::{Key, KeyRing},
    port::{Clock, CodeSource, IdSource, SmsGateway, Storage, TokenStore},
};
use ringtrue_delivery::{Dispatcher, DispatcherOptions};
use ringtrue_memory::Inbox;
use ringtrue_sms::TwilioGateway;
use ringtrue_token_cache::CachedTokens;
use tokio::{net::TcpListener, sync::oneshot, task::JoinError, time::sleep};
use tracing::{error, info, warn};

pub(crate) use self::log::start_log;
use self::{
    batching::Batched, event_retention::forget_events, inbox::CapturedInbox, partitions::Partitions,
    signals::Signals,
};
use crate::{
    config::{AuthConfig, Config, Delivery, KeyConfig, ServerConfig, StorageUrl},
    console::print,
    database::{Database, ensure_organization},
    embedded::Embedded,
    failure::Failure,
    system::{SystemClock, SystemCodeSource, SystemIdSource, fill},
};

/// How many messages are captured at once: with 50 ms between two visits to the outbox 10,000 a second, which is more than callers
/// queue on a small machine.
const CAPTURED_AT_ONCE: usize = 512;

/// Serves until a signal says to stop, and drains.
pub(crate) async fn serve(config: Config, workers: &Workers) -> Result<(), Failure> {
    let mut signals = Signals::catch()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdSource> = Arc::new(SystemIdSource::new(clock.clone()));
    let embedded = config.storage.url.folder().map(Embedded::prepare).transpose()?;
    let keys = Arc::new(key_ring(&config, embedded.as_ref())?);
    let opened = tokio::select! {
        opened = open(&config) => opened?,
        // Whoever waits for another to migrate need not be waited for.
        () = signals.first() => return Ok(()),
    };
    let (database, storage, batched) = opened;
    let admin_token = match &embedded {
        Some(embedded) if config.auth.bootstrap_token.is_none() => {
            embedded.admin_token(&storage, ids.as_ref(), clock.now()).await?
        }
        _ => None,
    };

    let (gateway, inbox) = gateway(&config.sms.delivery, &clock)?;
    let dispatcher = dispatcher(&config, &storage, gateway, &clock, &keys)?;
    let idempotency = idempotency(&config, &storage, &clock, &ids, &keys);
    let users = users(&config, &storage, &clock, &ids, &dispatcher, &keys);
    let authenticator = authenticator(&config.auth, &storage, &clock)?;
    let limits = limits(&config);
    let draining = Draining::default();
    let captures = inbox.is_some();
    let frontends = Frontends::new(App {
        users: Arc::new(users),
        organizations: Arc::new(Organizations::new(
            storage.organizations.clone(),
            clock.clone(),
            ids.clone(),
            config.organization.id.clone(),
        )),
        idempotency: Arc::new(idempotency),
        authenticator: Arc::new(authenticator),
        health: storage.health.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
        inbox,
        docs: config.server.docs.unwrap_or(captures),
        draining: draining.clone(),
        cors: Arc::new(config.server.cors.clone()),
        limits: limits.clone(),
    });
    let (listener, address) = listen(&config.server).await?;

    let (stop_dispatcher, dispatcher_stops) = oneshot::channel::<()>();
    let mut dispatching = tokio::spawn(dispatcher.run(async {
        let _ = dispatcher_stops.await;
    }));
    let partitions = Partitions::new(database.clone(), clock.clone(), &config);
    let keeping = tokio::spawn(partitions.keep());
    let forgetting = config
        .storage
        .events_retention
        .map(|retention| tokio::spawn(forget_events(storage.events.clone(), clock.clone(), retention)));
    announce(address, &config, captures, admin_token, &storage, ids.as_ref()).await?;
    let (stopping, stop) = oneshot::channel::<()>();
    let time_to_stop = config.server.drain_delay + config.server.shutdown_grace;
    let out_of_time = tokio::spawn(async move {
        let _ = stop.await;
        sleep(time_to_stop).await;
    });
    let mut deserted = false;
    let listener = listener.shared_with(workers);
    ringtrue_api::serve(listener, frontends, &limits, &draining, async {
        tokio::select! {
            () = signals.first() => {}
            ended = &mut dispatching => {
                note_end(ended);
                error!("the dispatcher has ended by itself: stopping, since no message would be sent any more");
                deserted = true;
            }
        }
        let _ = stopping.send(());
    })
    .await;

    keeping.abort();
    if let Some(forgetting) = forgetting {
        forgetting.abort();
    }
    let settle = async {
        // Callers are gone; what they left in a batch is written first, since it may queue a message.
        if let Some(batched) = &batched {
            batched.close().await;
        }
        // No call is left that could: what is on its way arrives, and the rest waits for the next start.
        let _ = stop_dispatcher.send(());
        if !deserted {
            note_end(dispatching.await);
        }
        database.close().await;
    };
    tokio::select! {
        () = settle => info!("stopped"),
        _ = out_of_time => warn!("the grace time is over: what is on its way to the provider is left to its lease"),
    }
    if deserted {
        return Err(Failure::Failed("the dispatcher ended by itself".to_owned()));
    }
    Ok(())
}

fn note_end(dispatching: Result<(), JoinError>) {
    if let Err(error) = dispatching {
        let error: &dyn std::error::Error = &error;
        warn!(error, "the dispatcher did not end as it should");
    }
}

/// The database, brought up to date, its ports, and what batches their callers.
async fn open(config: &Config) -> Result<(Database, Storage, Option<Batched>), Failure> {
    let database = Database::open(&config.storage).await?;
    let (storage, batched) = batching::over(database.storage(), &config.storage)?;
    ensure_organization(&storage, &config.organization).await?;
    phone_claims::align(&storage, config.phone.unique_verified).await?;
    Ok((database, storage, batched))
}

/// The configured keys, else those beside an embedded database, else one for this process's memory.
fn key_ring(config: &Config, embedded: Option<&Embedded>) -> Result<KeyRing, Failure> {
    let keys = match (config.keys.as_slice(), embedded) {
        ([], Some(embedded)) => embedded.keys()?.iter().map(KeyConfig::key).collect(),
        ([], None) => {
            let mut secret = [0; 32];
            fill(&mut secret);
            vec![Key::new("process", secret)]
        }
        (configured, _) => configured.iter().map(KeyConfig::key).collect(),
    };
    KeyRing::new(keys).map_err(|error| Failure::because("could not use the key ring", &error))
}

fn authenticator(
    config: &AuthConfig,
    storage: &Storage,
    clock: &Arc<dyn Clock>,
) -> Result<Authenticator, Failure> {
    if config.bootstrap_token_is_short() {
        warn!("auth.bootstrap_token is short enough to be guessed");
    }
    let tokens: Arc<dyn TokenStore> = if config.tokens_cached {
        Arc::new(CachedTokens::new(storage.tokens.clone(), clock.clone()))
    } else {
        storage.tokens.clone()
    };
    let authenticator = Authenticator::new(tokens, clock.clone(), config.bootstrap_token.as_ref());
    Ok(match issuers::trusted(&config.issuers, clock)? {
        Some(issuers) => authenticator.trusting(issuers),
        None => authenticator,
    })
}

type GatewayAndInbox = (Arc<dyn SmsGateway>, Option<Arc<dyn DevInbox>>);

fn gateway(delivery: &Delivery, clock: &Arc<dyn Clock>) -> Result<GatewayAndInbox, Failure> {
    match delivery {
        Delivery::Capture { .. } => {
            let inbox = Inbox::new(clock.clone());
            let shown: Arc<dyn DevInbox> = Arc::new(CapturedInbox(inbox.clone()));
            warn!("messages are captured, not sent: `ringtrue inbox` shows them");
            Ok((Arc::new(inbox), Some(shown)))
        }
        Delivery::Send(provider) => {
            let gateway = TwilioGateway::new(provider.twilio.clone())
                .map_err(|error| Failure::because("could not use the SMS provider", &error))?;
            info!(sms.provider = provider.id, "messages are sent");
            Ok((Arc::new(gateway), None))
        }
    }
}

fn dispatcher(
    config: &Config,
    storage: &Storage,
    gateway: Arc<dyn SmsGateway>,
    clock: &Arc<dyn Clock>,
    keys: &Arc<KeyRing>,
) -> Result<Dispatcher, Failure> {
    let send_timeout = config.sms.send_timeout();
    let concurrency = match config.sms.delivery {
        Delivery::Send(_) => config.sms.concurrency,
        // There is nobody to wait for: the more at once, the fewer claims and settlements the database writes.
        Delivery::Capture { .. } => CAPTURED_AT_ONCE,
    };
    let options = DispatcherOptions {
        concurrency,
        batch_len_max: concurrency,
        retention: Some(config.sms.retention),
        send_timeout,
        lease: config.sms.lease,
        claim_interval: config.sms.claim_interval,
        // Longer than a hand-off, as it must be; when the grace is shorter, the process ends before this does.
        drain_max: config.server.shutdown_grace.max(send_timeout * 2),
        ..DispatcherOptions::default()
    };
    Dispatcher::new(
        storage.outbox.clone(),
        gateway,
        clock.clone(),
        keys.clone(),
        options,
    )
    .map_err(|error| Failure::because("could not use sms.lease", &error))
}

fn users(
    config: &Config,
    storage: &Storage,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn IdSource>,
    dispatcher: &Dispatcher,
    keys: &Arc<KeyRing>,
) -> Users {
    Users::new(
        storage.clone(),
        clock.clone(),
        Arc::new(SystemCodeSource) as Arc<dyn CodeSource>,
        ids.clone(),
        Arc::new(dispatcher.signal()),
        keys.clone(),
        Settings {
            phone: config.phone.rules.clone(),
            code: config.code.clone(),
            verified_phones: config.phone.unique_verified,
            default_organization: config.organization.id.clone(),
        },
    )
}

fn idempotency(
    config: &Config,
    storage: &Storage,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn IdSource>,
    keys: &Arc<KeyRing>,
) -> Idempotency {
    let rules = IdempotencyRules {
        required: config.idempotency.required,
        lifetime: config.idempotency.lifetime,
        // A call that takes longer than it may still goes on for a while.
        lease: time::Duration::ZERO + config.server.request_timeout * 2,
    };
    Idempotency::new(
        storage.idempotency.clone(),
        Arc::clone(clock),
        Arc::clone(ids),
        Arc::clone(keys),
        rules,
    )
}

fn limits(config: &Config) -> Limits {
    Limits {
        body_bytes_max: config.server.body_size_max,
        request_timeout: config.server.request_timeout,
        drain_delay: config.server.drain_delay,
        // A tenth is left for messages on their way, and for the database to close.
        drain_grace: config.server.shutdown_grace * 9 / 10,
        ..Limits::default()
    }
}

async fn listen(config: &ServerConfig) -> Result<(Listener, SocketAddr), Failure> {
    let address = config.listen;
    let failed = |error| Failure::because(format_args!("could not listen on {address}"), &error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let listener = Listener::from(listener).behind(config.trusted_proxies.clone());
    Ok(match &config.tls {
        Some(files) => (listener.encrypted(encryption::with(files.clone())?), address),
        None => (listener, address),
    })
}

/// Says where the server is, and how a newcomer begins.
async fn announce(
    address: SocketAddr,
    config: &Config,
    captures: bool,
    admin_token: Option<PathBuf>,
    storage: &Storage,
    ids: &dyn IdSource,
) -> Result<(), Failure> {
    let scheme = if config.server.tls.is_some() {
        "https"
    } else {
        "http"
    };
    print(format_args!("listening on {scheme}://{address}"));
    if let Some(url) = &config.server.public_url {
        info!(url, "clients reach the server from outside");
    }
    match (admin_token, &config.storage.url) {
        (Some(token), _) if captures && config.server.tls.is_none() => {
            let user = free_user(storage, ids).await?;
            let lines = first_steps::lines(address, &token, &user);
            print(format_args!(
                "\nCreate a user, set the phone and verify it, with the administrator's token in {}:\n\n{}\n",
                token.display(),
                lines.join("\n")
            ));
        }
        (None, StorageUrl::Postgres(_)) if config.auth.bootstrap_token.is_none() => {
            info!("tokens are made with `ringtrue token create`");
        }
        _ => {}
    }
    Ok(())
}

/// `ada`, or `ada-` and something random if an earlier start has lent the name out.
async fn free_user(storage: &Storage, ids: &dyn IdSource) -> Result<String, Failure> {
    let ada = UserId::from_stored("ada".to_owned());
    let found = storage.users.load(std::slice::from_ref(&ada)).await;
    let found = found.map_err(|error| Failure::because("could not look for users", &error))?;
    if found.iter().all(|user| user.sequence == 0) {
        return Ok(ada.as_str().to_owned());
    }
    let [first, second, ..] = ids.random();
    Ok(format!("ada-{first:02x}{second:02x}"))
}
