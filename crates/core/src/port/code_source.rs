use crate::code::{Code, CodeShape};

/// Draws verification codes.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait CodeSource: Send + Sync + 'static {
    /// Draws a code of the shape. In production every code of the shape is equally likely and comes from the operating
    /// system's generator (NIST SP 800-63B-4 §3.1.3.2).
    fn draw(&self, shape: CodeShape) -> Code;
}
