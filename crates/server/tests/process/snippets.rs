//! The samples of the reference, each run as a reader would run it: taken from the served document, with an address and a
//! token in the environment.
//!
//! Those for which the other tests need the program anyway run always, the rest by `cargo xtask snippets`.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use super::user::User;
use crate::support::{ADMIN, Ringtrue, Setup, http, inbox, variable};

/// How samples of a language are run.
struct Language {
    /// Its label in the document.
    label: &'static str,
    /// What a sample's file must be called.
    file: &'static str,
    /// What is run in the file's folder, one after the other; the last one calls.
    commands: Vec<Vec<String>>,
}

impl Language {
    fn new(label: &'static str, file: &'static str, commands: &[&[&str]]) -> Self {
        let words = |command: &&[&str]| command.iter().map(|&word| word.to_owned()).collect();
        Self {
            label,
            file,
            commands: commands.iter().map(words).collect(),
        }
    }

    /// Runs a sample and returns what it printed.
    fn run(&self, source: &str, server: &Ringtrue, folder: &Path) -> String {
        std::fs::write(folder.join(self.file), source).unwrap();
        let mut said = String::new();
        for command in &self.commands {
            let output = Command::new(&command[0])
                .args(&command[1..])
                .current_dir(folder)
                .env("RINGTRUE_URL", server.base_url())
                .env("RINGTRUE_TOKEN", ADMIN)
                .env("GO111MODULE", "off")
                .stdin(Stdio::null())
                .output()
                .unwrap_or_else(|error| panic!("{} does not start: {error}", command[0]));
            said = String::from_utf8_lossy(&output.stdout).into_owned();
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{command:?}: {said}{complaint}\n{source}"
            );
        }
        said
    }
}

/// A call of the document and its sample.
struct Sample {
    /// `v2_SetPhone`
    id: String,
    source: String,
}

fn samples(document: &Value, label: &str) -> Vec<Sample> {
    let paths = document["paths"].as_object().unwrap();
    let calls = paths.iter().filter(|(path, _)| path.starts_with("/v2"));
    let operations = calls.flat_map(|(_, item)| item.as_object().unwrap().values());
    operations
        .map(|operation| {
            let samples = operation["x-codeSamples"].as_array();
            let mut samples = samples.into_iter().flatten();
            let sample = samples.find(|sample| sample["label"] == label);
            let sample = sample.unwrap_or_else(|| panic!("no {label} for {operation}"));
            Sample {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                source: sample["source"].as_str().unwrap().to_owned(),
            }
        })
        .collect()
}

/// Sets a phone, verifies it, and then makes every other call of the document: the server must understand each.
fn play(language: &Language) {
    let setup = Setup::new();
    let server = setup.start();
    let document = http::call(server.address(), "GET", "/openapi.json", "", &Value::Null).ok();
    let samples = samples(&document, language.label);
    assert!(samples.len() >= 28, "{}", samples.len());
    let folder = tempfile::tempdir().unwrap();
    let run = |source: &str| -> Value {
        let said = language.run(source, &server, folder.path());
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("no reply: {said}\n{source}"))
    };
    let source = |id: &str| &samples.iter().find(|sample| sample.id == id).unwrap().source;

    User::create(&server, "ada");
    let mut messages = 0;
    for version in ["v2", "v2beta"] {
        let set = run(source(&format!("{version}_SetPhone")));
        assert!(set["details"]["resourceOwner"].is_string(), "{set}");
        messages += 1;
        let arrived = inbox::messages_to(server.address(), "+41791234567", messages);
        let message = arrived.last().unwrap();
        let verify = source(&format!("{version}_VerifyPhone"));
        assert!(verify.contains("123456"), "{verify}");
        let verified = run(&verify.replace("123456", message["code"].as_str().unwrap()));
        assert!(verified["details"].is_object(), "{verified}");
        let read = run(source(&format!("{version}_GetUserByID")));
        let phone = &read["user"]["human"]["phone"];
        assert_eq!(phone, &json!({ "phone": "+41791234567", "isVerified": true }));
        let removed = run(source(&format!("{version}_RemovePhone")));
        assert!(removed["details"].is_object(), "{removed}");
    }
    let played = ["SetPhone", "VerifyPhone", "GetUserByID", "RemovePhone"];
    let mut rest: Vec<&Sample> = samples
        .iter()
        .filter(|sample| !played.iter().any(|name| sample.id.ends_with(name)))
        .collect();
    // Who is deleted can be told no more.
    rest.sort_by_key(|sample| sample.id.ends_with("DeleteUser"));
    for sample in rest {
        let reply = run(&sample.source);
        let understood = reply["code"] != 3 || reply["details"].is_array();
        assert!(
            understood && reply["code"] != 16,
            "{}: {reply}\n{}",
            sample.id,
            sample.source
        );
    }
}

#[test]
fn curl_samples_do_what_they_say() {
    play(&Language::new(
        "curl",
        "sample.sh",
        &[&["sh", "-eu", "sample.sh"]],
    ));
}

#[test]
fn python_samples_do_what_they_say() {
    let python = variable("RINGTRUE_TEST_PYTHON");
    play(&Language::new(
        "Python",
        "sample.py",
        &[&[&python, "-B", "sample.py"]],
    ));
}

#[test]
fn node_samples_do_what_they_say() {
    play(&Language::new(
        "Node.js",
        "sample.mjs",
        &[&["node", "sample.mjs"]],
    ));
}

#[test]
#[ignore = "takes Go: `cargo xtask snippets` installs it"]
fn go_samples_do_what_they_say() {
    play(&Language::new("Go", "sample.go", &[&["go", "run", "sample.go"]]));
}

#[test]
#[ignore = "takes Ruby: `cargo xtask snippets` installs it"]
fn ruby_samples_do_what_they_say() {
    play(&Language::new("Ruby", "sample.rb", &[&["ruby", "sample.rb"]]));
}

#[test]
#[ignore = "takes Mono: `cargo xtask snippets` installs it"]
fn csharp_samples_do_what_they_say() {
    let compile = [
        "mcs",
        "-langversion:latest",
        "-r:System.Net.Http",
        "-out:sample.exe",
        "sample.cs",
    ];
    play(&Language::new(
        "C#",
        "sample.cs",
        &[&compile, &["mono", "sample.exe"]],
    ));
}

#[test]
#[ignore = "takes PHP: `cargo xtask snippets` installs it"]
fn php_samples_do_what_they_say() {
    play(&Language::new("PHP", "sample.php", &[&["php", "sample.php"]]));
}

#[test]
#[ignore = "takes Java: `cargo xtask snippets` installs it"]
fn java_samples_do_what_they_say() {
    play(&Language::new("Java", "Call.java", &[&["java", "Call.java"]]));
}

#[test]
#[ignore = "takes PowerShell, which Debian does not have: `cargo xtask snippets` runs it where it is found"]
fn powershell_samples_do_what_they_say() {
    let flags = ["pwsh", "-NoProfile", "-File", "sample.ps1"];
    play(&Language::new("PowerShell", "sample.ps1", &[&flags]));
}
