//! The reference for programs: an `OpenAPI` document made from the descriptors of the proto files and the error table.
//!
//! Nothing is written twice: texts are the proto files' comments, limits their `(ringtrue.rule)`, errors the table's. A
//! method that is added to the files is in the document.

mod calls;
mod comments;
mod document;
mod example;
mod headers;
mod replies;
mod rule;
mod samples;
mod schema;

use std::sync::LazyLock;

use bytes::Bytes;

/// The document as it is served at `/openapi.json`, and kept in `docs/openapi.json`.
#[must_use]
pub fn openapi() -> Bytes {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| {
        let document = document::document();
        let mut text = serde_json::to_vec_pretty(&document).unwrap_or_default();
        text.push(b'\n');
        text.into()
    });
    TEXT.clone()
}
