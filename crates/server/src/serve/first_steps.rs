//! The three lines that a newcomer pastes: create a user, set the phone, verify it.

use std::{net::SocketAddr, path::Path};

/// A number that no rule refuses, for whoever captures.
const PHONE: &str = "+41791234567";

/// The lines, for a POSIX shell; they need nothing but `curl` and `sed`.
///
/// Pasted one after the other they end in a verified phone. `user` is an id that is free.
pub(crate) fn lines(address: SocketAddr, token: &Path, user: &str) -> [String; 3] {
    let token = quoted(token);
    let call = |path: &str, body: &str| {
        format!(
            "curl -sS http://{address}/v2/users/{path} -H \"Authorization: Bearer $(cat {token})\" -d {body}"
        )
    };
    let human = format!(
        r#"'{{"userId":"{user}","profile":{{"givenName":"Ada","familyName":"Lovelace"}},"email":{{"email":"{user}@example.com","isVerified":true}}}}'"#
    );
    let phone = format!(r#"'{{"phone":"{PHONE}","returnCode":{{}}}}'"#);
    let code = r#"sed -n 's/.*"verificationCode": *"\([^"]*\)".*/\1/p'"#;
    [
        call("human", &human),
        format!(
            "CODE=$({} | tee /dev/stderr | {code})",
            call(&format!("{user}/phone"), &phone)
        ),
        call(
            &format!("{user}/phone/verify"),
            r#""{\"verificationCode\":\"$CODE\"}""#,
        ),
    ]
}

/// The path as one word of a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_name_the_address_the_token_and_the_user() {
        let lines = lines(
            "127.0.0.1:9000".parse().unwrap(),
            Path::new(".ringtrue/admin.token"),
            "ada",
        );
        assert!(lines[0].starts_with("curl -sS http://127.0.0.1:9000/v2/users/human "));
        assert!(lines[1].contains("/v2/users/ada/phone "));
        assert!(lines[2].contains("/v2/users/ada/phone/verify "));
        assert!(
            lines
                .iter()
                .all(|line| line.contains("$(cat .ringtrue/admin.token)"))
        );
        assert!(lines.iter().all(|line| !line.contains('\n')));
    }

    #[test]
    fn a_path_with_spaces_stays_one_word() {
        assert_eq!(quoted(Path::new("/it's here")), r"'/it'\''s here'");
    }
}
