//! Contract suites for the ports, and the fakes that tests share.
