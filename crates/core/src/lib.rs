//! Ringtrue's domain: values, rules, ports and use cases, free of any framework.
