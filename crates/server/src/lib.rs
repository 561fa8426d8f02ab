//! The binary ringtrue: configuration, command line and wiring.
