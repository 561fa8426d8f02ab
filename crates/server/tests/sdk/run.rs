//! Running cases by clients.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use serde_json::{Value, json};

use super::{
    case::{self, Case, Given, Service, Settings, Step},
    client::{Answer, Call, Client, Refusal, SDKS, Sdk},
    value::{Variables, at, difference, fill, fill_text},
    world::{AWAY, World},
};
use crate::support::Setup;

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// The version of the service makes no such promise.
    NotConcerned,
    /// The SDK lacks a method.
    Lacking(String),
    /// The SDK itself refuses the request.
    Unsendable(String),
    Failed(String),
}

/// A column of the table.
pub(crate) struct Column {
    pub(crate) sdk: Sdk,
    pub(crate) service: Service,
    /// In the order of the cases.
    pub(crate) outcomes: Vec<Outcome>,
}

/// The table, and what its rows are.
pub(crate) struct Table {
    pub(crate) cases: Vec<Case>,
    pub(crate) columns: Vec<Column>,
    /// What the server said.
    pub(crate) log: String,
}

/// Runs every case by every client, all clients at once, against one server for each way in which cases want it configured.
pub(crate) fn everything(setup: fn() -> Setup) -> Table {
    let cases = case::all();
    let wanted: BTreeSet<&Settings> = cases.iter().map(|case| &case.settings).collect();
    let worlds: BTreeMap<_, _> = wanted
        .into_iter()
        .map(|settings| (settings, World::new(setup(), settings)))
        .collect();
    let columns = thread::scope(|scope| {
        let running: Vec<_> = SDKS
            .iter()
            .map(|sdk| {
                let (worlds, cases) = (&worlds, &cases);
                scope.spawn(move || {
                    let mut client = Client::start(*sdk);
                    Service::ALL.map(|service| Column {
                        sdk: *sdk,
                        service,
                        outcomes: cases
                            .iter()
                            .map(|case| play(case, service, &mut client, &worlds[&case.settings]))
                            .collect(),
                    })
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|column| column.join().unwrap())
            .collect()
    });
    let log = worlds.values().map(World::log).collect::<Vec<_>>().join("\n");
    drop(worlds);
    Table { cases, columns, log }
}

fn play(case: &Case, service: Service, client: &mut Client, world: &World) -> Outcome {
    if !case.concerns(service) {
        return Outcome::NotConcerned;
    }
    let mut player = Player {
        service,
        client,
        world,
        variables: variables(world),
        tokens: BTreeMap::new(),
    };
    match player.prepare(case.given).and_then(|()| player.play(&case.steps)) {
        Ok(()) => Outcome::Passed,
        Err(outcome) => outcome,
    }
}

/// What no other case of any client has: an id, an address, numbers.
fn variables(world: &World) -> Variables {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    // Swiss mobile numbers, all of them assigned.
    let number = |range: u32| format!("+417{range}{:07}", 1_000_000 + made);
    let mut variables = Variables::from([
        ("user".to_owned(), format!("user-{made}")),
        ("key".to_owned(), format!("key-{made}")),
        ("email".to_owned(), format!("user-{made}@example.com")),
        ("home".to_owned(), world.home.clone()),
        ("away".to_owned(), AWAY.to_owned()),
    ]);
    for (name, range) in [("number", 6), ("other number", 8), ("third number", 9)] {
        variables.insert(name.to_owned(), number(range));
        let national = number(range)[3..].to_owned();
        variables.insert(format!("{name} national"), national);
    }
    variables
}

struct Player<'a> {
    service: Service,
    client: &'a mut Client,
    world: &'a World,
    variables: Variables,
    tokens: BTreeMap<String, String>,
}

impl Player<'_> {
    /// Makes what is given.
    fn prepare(&mut self, given: Given) -> Result<(), Outcome> {
        if given >= Given::User {
            let request = json!({
                "userId": "{user}",
                "profile": {"givenName": "Ada", "familyName": "Lovelace"},
                "email": {"email": "{email}", "isVerified": true},
            });
            self.given("AddHumanUser", request, "sequence", "details.sequence")?;
        }
        if given >= Given::Phone {
            let request = json!({"phone": "{number}", "returnCode": {}});
            self.given("SetPhone", request, "code", "verificationCode")?;
        }
        if given >= Given::Verified {
            let request = json!({"verificationCode": "{code}"});
            self.given("VerifyPhone", request, "sequence", "details.sequence")?;
        }
        Ok(())
    }

    fn given(&mut self, method: &str, request: Value, name: &str, path: &str) -> Result<(), Outcome> {
        let step = Step {
            call: Some(method.to_owned()),
            by: "admin".to_owned(),
            headers: BTreeMap::new(),
            request,
            ok: Some(json!({})),
            error: None,
            text: String::new(),
            keep: BTreeMap::from([(name.to_owned(), path.to_owned())]),
            inbox: None,
            count: 0,
        };
        self.step(&step)
    }

    fn play(&mut self, steps: &[Step]) -> Result<(), Outcome> {
        for (number, step) in steps.iter().enumerate() {
            self.step(step).map_err(|outcome| match outcome {
                Outcome::Failed(reason) => Outcome::Failed(format!("step {}: {reason}", number + 1)),
                other => other,
            })?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), Outcome> {
        let Some(method) = &step.call else {
            return self.look(step);
        };
        let token = self.token(&step.by);
        let request = self.request(method, &step.request);
        let headers = step.headers.iter();
        let call = Call {
            base_url: &self.world.base_url,
            version: self.service,
            method,
            token: &token,
            headers: &headers
                .map(|(name, value)| (name.clone(), fill_text(value, &self.variables)))
                .collect(),
            request: &request,
        };
        match self.client.call(&call) {
            Answer::Missing => Err(Outcome::Lacking(method.clone())),
            Answer::Unsendable(reason) => Err(Outcome::Unsendable(reason)),
            Answer::Ok(answer) => match &step.ok {
                Some(expected) => self.accept(step, expected, &answer),
                None => fail(format!("{method} was accepted with {answer}")),
            },
            Answer::Error(refusal) => match &step.error {
                Some(expected) => refused(&refusal, expected, &fill_text(&step.text, &self.variables)),
                None => fail(format!("{method} was refused with {refusal:?}")),
            },
        }
    }

    /// Takes the last of the messages to a number.
    fn look(&mut self, step: &Step) -> Result<(), Outcome> {
        let number = fill_text(
            step.inbox.as_deref().expect("a call or a number"),
            &self.variables,
        );
        let messages = self.world.messages(&number, step.count);
        if messages.len() != step.count {
            return fail(format!("{} messages and not {}", messages.len(), step.count));
        }
        let last = messages.last().cloned().unwrap_or_default();
        self.accept(step, step.ok.as_ref().unwrap_or(&json!({})), &last)
    }

    fn accept(&mut self, step: &Step, expected: &Value, answer: &Value) -> Result<(), Outcome> {
        if let Some(difference) = difference(&fill(expected, &self.variables), answer, "it") {
            return fail(format!("{difference} in {answer}"));
        }
        for (name, path) in &step.keep {
            let Some(found) = at(answer, path) else {
                return fail(format!("there is no {path} in {answer}"));
            };
            self.variables.insert(name.clone(), found);
        }
        Ok(())
    }

    fn token(&mut self, by: &str) -> String {
        let (world, user) = (self.world, &self.variables["user"]);
        let made = self.tokens.entry(by.to_owned());
        made.or_insert_with(|| world.token(by, user)).clone()
    }

    /// The request, about `{user}` if it does not say whom.
    fn request(&self, method: &str, request: &Value) -> Value {
        let mut request = fill(request, &self.variables);
        if request.is_null() {
            request = json!({});
        }
        let fields = request.as_object_mut().expect("a request is an object");
        let names_nobody = matches!(
            method,
            "AddHumanUser" | "CreateUser" | "ListUsers" | "AddOrganization" | "ListOrganizations"
        );
        if !names_nobody && !fields.contains_key("userId") {
            fields.insert("userId".to_owned(), self.variables["user"].clone().into());
        }
        fields.retain(|_, value| !value.is_null());
        request
    }
}

fn refused(refusal: &Refusal, expected: &str, text: &str) -> Result<(), Outcome> {
    let (code, id) = match expected.split_once(' ') {
        Some((code, id)) => (code, Some(id)),
        None => (expected, None),
    };
    if refusal.code != code || refusal.id.as_deref() != id {
        return fail(format!("{refusal:?} and not {expected}"));
    }
    if !refusal.message.starts_with(text) {
        return fail(format!("the message {:?} and not {text:?}", refusal.message));
    }
    // The message is the text of the details, and the id in parentheses (`contract.md` 2.2).
    let told = refusal.detail.as_ref().zip(id);
    if told.is_some_and(|(detail, id)| refusal.message != format!("{detail} ({id})")) {
        return fail(format!("the message does not match its details: {refusal:?}"));
    }
    Ok(())
}

fn fail(reason: String) -> Result<(), Outcome> {
    Err(Outcome::Failed(reason))
}
