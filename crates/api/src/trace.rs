//! What a request is called: `x-request-id`, and W3C Trace Context (level 1).

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use ringtrue_core::port::IdSource;
use tracing::Span;

use crate::serve::ClientAddress;

/// The header that gives a request an id, in both directions.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that names the trace, and the span in it, to which a request belongs.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// By what a request is found again: in its answer, in the log, and in the trace that it belongs to.
pub(crate) struct RequestTrace {
    /// What `x-request-id` says: its own, or a drawn one.
    pub(crate) id: Option<HeaderValue>,
    /// The span to answer in. It is a part of its caller's trace, or begins one.
    pub(crate) span: Span,
}

impl RequestTrace {
    /// That of a request, as far as its caller gives one; the rest is drawn.
    pub(crate) fn of<B>(request: &Request<B>, ids: &dyn IdSource) -> Self {
        let given = request.headers().get(REQUEST_ID);
        let given = given.filter(|id| is_plain(id)).cloned();
        let parent = Parent::of(request.headers());
        // One drawing serves both.
        let drawn = (given.is_none() || parent.is_none()).then(|| hex::encode(ids.random()));
        let drawn = drawn.as_deref().unwrap_or_default();
        let id = given.or_else(|| HeaderValue::from_str(drawn).ok());
        let request_id = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
        let trace_id = parent.map_or(drawn, |parent| parent.trace_id);
        let client = request.extensions().get::<ClientAddress>();
        let client = client.map(|ClientAddress(address)| tracing::field::display(*address));
        let span = tracing::info_span!(
            "api.request.answer",
            client.address = client,
            request.id = request_id,
            trace.id = trace_id,
            trace.parent = parent.map(|parent| parent.span_id)
        );
        Self { id, span }
    }
}

/// Whether an id that a stranger gives may go into our log.
fn is_plain(id: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    (1..=64).contains(&id.len()) && id.as_bytes().iter().all(plain)
}

/// `traceparent`: the span in which a caller made the request. `tracestate` is for whoever passes the trace on, and
/// nothing here does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parent<'a> {
    trace_id: &'a str,
    span_id: &'a str,
}

/// `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`
const LEN: usize = 55;

impl<'a> Parent<'a> {
    /// The parent, if there is exactly one and it is valid. If not, the trace begins here.
    fn of(headers: &'a HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        match (values.next(), values.next()) {
            // A later version may go on with anything, but only in ASCII.
            (Some(value), None) => Self::read(value.to_str().ok()?),
            _ => None,
        }
    }

    /// Level 1, §3.2: of version 00 these 55 characters and no more; of a later version at least these, and then a dash.
    fn read(value: &'a str) -> Option<Self> {
        let (head, rest) = value.split_at_checked(LEN)?;
        let mut parts = head.split('-');
        let (version, trace_id) = (parts.next()?, parts.next()?);
        let (span_id, flags) = (parts.next()?, parts.next()?);
        let hex = |part: &str, len: usize| {
            let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            part.len() == len && part.bytes().all(digit)
        };
        let set = |part: &str, len: usize| hex(part, len) && part.bytes().any(|byte| byte != b'0');
        let ends = rest.is_empty() || (version != "00" && rest.starts_with('-'));
        // The lengths leave room for three dashes, and so for no fifth part.
        let valid =
            hex(version, 2) && version != "ff" && set(trace_id, 32) && set(span_id, 16) && hex(flags, 2);
        (valid && ends).then_some(Self { trace_id, span_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("traceparent", value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_valid_parent_names_trace_and_span() {
        for valid in [
            format!("00-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-ff"),
            format!("01-{TRACE}-{SPAN}-00"),
            format!("cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like"),
        ] {
            let headers = headers(&[&valid]);
            let parent = Parent::of(&headers).unwrap_or_else(|| panic!("{valid}"));
            assert_eq!((parent.trace_id, parent.span_id), (TRACE, SPAN));
        }
    }

    #[test]
    fn an_invalid_parent_is_none() {
        let zeros = "0".repeat(32);
        for invalid in [
            String::new(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{SPAN}-0"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("00-{TRACE}-{SPAN}-01 "),
            format!("01-{TRACE}-{SPAN}-01x"),
            format!("00_{TRACE}-{SPAN}-01"),
            format!("0x-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-g1"),
            format!("00-{TRACE}{SPAN}--01"),
        ] {
            // A header's value is trimmed on the wire; here it comes as it is.
            assert_eq!(Parent::read(&invalid), None, "{invalid}");
        }
        let valid = format!("00-{TRACE}-{SPAN}-01");
        assert_eq!(Parent::of(&headers(&[&valid, &valid])), None);
        let latin = [format!("01-{TRACE}-{SPAN}-01-").as_bytes(), &[0xe9]].concat();
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_bytes(&latin).unwrap());
        assert_eq!(Parent::of(&headers), None, "not ASCII");
    }
}
