//! The table as a page: `docs/errors.md`.

use std::fmt::Write as _;

use ringtrue_core::{Channel, user::Refusal};

use super::{
    Failure, Problem,
    catalogue::{NOON, catalogue},
};
use crate::connect;

const HEAD: &str = "# Errors

This page is generated from the one error table that all protocols share; a test holds it to the code.

A client tells refusals apart by their **id**, which stays; by the code where there is no id. The words up to the first
colon stay too. What follows the colon says what would be right, and may get better.

";

const SHAPES: &str = "
## How an error looks

The message is the text, and the id in parentheses where there is one. Only errors with an id have a
`zitadel.v1.ErrorDetail`. An error that waiting can help has a `google.rpc.RetryInfo` besides, and says the same
seconds in `Retry-After` (on gRPC: in the metadata `retry-after`). A 401 says its message in `WWW-Authenticate`.

";

const TRANSPORT: &str = "
## Before a method is found

| what | REST | gRPC and gRPC-Web | Connect |
| --- | --- | --- | --- |
| no such path, service, or name of a method | 404 `{\"code\":5,\"message\":\"Not Found\"}` | 12 UNIMPLEMENTED | 404 `unimplemented` |
| wrong verb | 405 `{\"code\":12,\"message\":\"Method Not Allowed\"}`, `Allow` | 405, `Allow: POST` | 405, `Allow: POST` |
| wrong content type | any is taken for JSON | 415, `Accept-Post` | 415, `Accept-Post` |
| gRPC over HTTP/1.1 | | 505 | |
| request line and headers too large | 431 | 431 | 431 |
";

/// What an operator or a client author finds under `docs/errors.md`.
#[must_use]
pub fn errors_reference() -> String {
    let mut page = HEAD.to_owned();
    // Writing to a String cannot fail.
    for (title, rows) in catalogue() {
        let _ = write!(
            page,
            "## {title}\n\n| id | gRPC | HTTP | text | when |\n| --- | --- | --- | --- | --- |\n"
        );
        for (failure, when) in rows {
            let line = failure.line();
            let problem = Problem::describe(&failure, NOON);
            let id = if line.id.is_empty() {
                String::new()
            } else {
                format!("`{}`", line.id)
            };
            let (code, name) = (problem.code as i32, format!("{:?}", problem.code));
            let text = line.text.replace('|', "\\|");
            let _ = writeln!(
                page,
                "| {id} | {code} {name} | {} | {text} | {when} |",
                problem.http.as_u16()
            );
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page.push_str(TRANSPORT);
    page.push_str(SHAPES);
    let example = Example::new();
    let _ = write!(
        page,
        "REST, HTTP {status}:\n\n```json\n{rest}\n```\n\nConnect, HTTP {status}:\n\n```json\n{connect}\n```\n\n\
         gRPC and gRPC-Web, in the trailers, or in the headers when nothing else is sent. `grpc-status-details-bin` is\n\
         the `google.rpc.Status` that holds the details, in base64.\n\n```text\n{grpc}\n```\n",
        status = example.problem.http.as_u16(),
        rest = example.rest(),
        connect = example.connect(),
        grpc = example.grpc(),
    );
    page
}

/// One error in every protocol's shape, written for people; a test holds it to what is really sent.
struct Example {
    problem: Problem,
    message: String,
}

impl Example {
    fn new() -> Self {
        let problem = Problem::describe(&Failure::Refused(Refusal::Unchanged(Channel::Phone)), NOON);
        let message = problem.message();
        Self { problem, message }
    }

    fn rest(&self) -> String {
        let (Problem { id, text, .. }, message) = (&self.problem, &self.message);
        format!(
            r#"{{
  "code": {code},
  "message": "{message}",
  "details": [
    {{
      "@type": "type.googleapis.com/zitadel.v1.ErrorDetail",
      "id": "{id}",
      "message": "{text}"
    }}
  ]
}}"#,
            code = self.problem.code as i32
        )
    }

    fn connect(&self) -> String {
        let (Problem { id, text, .. }, message) = (&self.problem, &self.message);
        let body = connect::body(&self.problem);
        format!(
            r#"{{
  "code": {code},
  "message": "{message}",
  "details": [
    {{
      "type": "zitadel.v1.ErrorDetail",
      "value": {value},
      "debug": {{ "id": "{id}", "message": "{text}" }}
    }}
  ]
}}"#,
            code = body["code"],
            value = body["details"][0]["value"]
        )
    }

    fn grpc(&self) -> String {
        format!(
            "grpc-status: {}\ngrpc-message: {}\ngrpc-status-details-bin: …",
            self.problem.code as i32, self.message
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_what_is_sent() {
        let example = Example::new();
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&example.rest()), example.problem.rest_body());
        assert_eq!(read(&example.connect()), connect::body(&example.problem));
    }

    #[test]
    fn every_id_of_the_table_is_on_the_page() {
        let page = errors_reference();
        let ids = concat!(
            include_str!("failure.rs"),
            include_str!("idempotency.rs"),
            include_str!("refused.rs"),
            include_str!("search.rs")
        )
        .split('"')
        .filter(|text| {
            text.split_once('-').is_some_and(|(area, rest)| {
                area.len() > 1
                    && area
                        .trim_end_matches("v2")
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                    && !rest.is_empty()
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
        })
        .collect::<Vec<_>>();
        // One of each form of area.
        for id in ["AUTH-toLo1", "V3-DKcYh", "USERv2-4f3d6"] {
            assert!(ids.contains(&id), "{id} is not read as an id: {ids:?}");
        }
        for id in ids {
            assert!(page.contains(&format!("| `{id}` |")), "{id} is not on the page");
        }
    }
}
