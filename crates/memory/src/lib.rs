//! Every port of Ringtrue in memory: storage, inbox, fixed codes and clocks.
