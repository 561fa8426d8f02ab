//! Compiles `proto/` into Rust types and into the descriptors that JSON and reflection read.

use std::error::Error;
use std::path::PathBuf;

/// The files that nothing else imports; the rest follows from them.
const ROOTS: [&str; 4] = [
    "zitadel/org/v2/org_service.proto",
    "zitadel/user/v2/user_service.proto",
    "zitadel/user/v2beta/user_service.proto",
    "zitadel/message.proto",
];

/// Messages that hold a code, a phone number or a secret: `src/opaque.rs` prints them without content.
const OPAQUE: [&str; 20] = [
    ".zitadel.org.v2.AddOrganizationResponse.CreatedAdmin",
    ".zitadel.user.v2.AddHumanUserRequest",
    ".zitadel.user.v2.AddHumanUserResponse",
    ".zitadel.user.v2.CreateUserRequest.Human",
    ".zitadel.user.v2.CreateUserResponse",
    ".zitadel.user.v2.HashedPassword",
    ".zitadel.user.v2.HumanPhone",
    ".zitadel.user.v2.Password",
    ".zitadel.user.v2.PhoneQuery",
    ".zitadel.user.v2.ResendEmailCodeResponse",
    ".zitadel.user.v2.ResendPhoneCodeResponse",
    ".zitadel.user.v2.SetEmailResponse",
    ".zitadel.user.v2.SetHumanPhone",
    ".zitadel.user.v2.SetPassword",
    ".zitadel.user.v2.SetPhoneRequest",
    ".zitadel.user.v2.SetPhoneResponse",
    ".zitadel.user.v2.UpdateHumanUserResponse",
    ".zitadel.user.v2.UpdateUserResponse",
    ".zitadel.user.v2.VerifyEmailRequest",
    ".zitadel.user.v2.VerifyPhoneRequest",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo::rerun-if-changed={}", root.display());

    let mut compiler = protox::Compiler::new([&root])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(ROOTS)?;

    // Encoded by the compiler itself: the decoded set below has lost the HTTP rules, which are extensions.
    let out = PathBuf::from(env("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;

    let mut files = compiler.file_descriptor_set();
    // Services are dispatched by name, not by generated traits.
    for file in &mut files.file {
        file.service.clear();
    }
    // Version 2beta agrees with version 2 on the wire, so that one set of types serves both.
    // Nobody names the HTTP rules and the rules of fields in Rust.
    files.file.retain(|file| {
        !file.package().ends_with(".v2beta") && !["google.api", "ringtrue"].contains(&file.package())
    });
    prost_build::Config::new()
        .enable_type_names()
        .skip_debug(OPAQUE)
        .include_file("wire.rs")
        .compile_fds(files)?;
    Ok(())
}

fn env(name: &str) -> Result<String, Box<dyn Error>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo tells a build script its folders this way"
    )]
    std::env::var(name).map_err(|_| format!("{name} is not set: run by cargo").into())
}
