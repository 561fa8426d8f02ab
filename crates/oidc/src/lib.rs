//! Tokens of OpenID Connect issuers: who is behind them, and which roles they give here.
//!
//! [`JwtIssuers`] checks signed JWTs by the keys that their issuer publishes (OpenID Connect Discovery 1.0, RFC 7517, RFC 7519,
//! RFC 8725). [`Introspection`] asks an issuer about opaque tokens (RFC 7662).

mod checks;
mod claims;
mod config;
mod fetch;
mod introspection;
mod jwt;
mod keys;
mod remembered;
mod roles;

pub use config::{Audiences, IssuerConfig, IssuerProblem, SignatureAlgorithm, endpoint_url, issuer_url};
pub use introspection::{Introspection, IntrospectionConfig};
pub use jwt::JwtIssuers;
pub use roles::RoleRules;
