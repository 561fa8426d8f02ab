//! Ringtrue's wire types, generated from proto/, and their protobuf-JSON mapping.
