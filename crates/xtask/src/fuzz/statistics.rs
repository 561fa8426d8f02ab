//! What libFuzzer says about a run.

/// The figures of a run.
#[derive(Default, Debug, PartialEq, Eq)]
pub(super) struct Statistics {
    executions: u64,
    per_second: u64,
    /// Edges of the control flow that were taken.
    edges: u64,
    /// Inputs that each do something that no other does.
    inputs: String,
}

impl Statistics {
    /// The head of the table.
    pub(super) const HEAD: &str =
        "target              executions   per second    edges  inputs found  committed  result";

    /// Reads a line of libFuzzer's, if it is one.
    pub(super) fn read(&mut self, line: &str) {
        if let Some((name, number)) = line.strip_prefix("stat::").and_then(|line| line.split_once(':')) {
            let number = number.trim().parse().unwrap_or_default();
            match name {
                "number_of_executed_units" => self.executions = number,
                "average_exec_per_sec" => self.per_second = number,
                _ => {}
            }
        } else if line.starts_with('#') {
            let mut words = line.split_whitespace();
            while let Some(word) = words.next() {
                match word {
                    "cov:" => {
                        let edges = words.next().and_then(|number| number.parse().ok());
                        self.edges = edges.unwrap_or_default();
                    }
                    "corp:" => {
                        let inputs = words.next().and_then(|corpus| corpus.split('/').next());
                        inputs.unwrap_or_default().clone_into(&mut self.inputs);
                    }
                    _ => {}
                }
            }
        }
    }

    /// A row of the table.
    pub(super) fn row(&self, target: &str, committed: usize, held: bool) -> String {
        let Self {
            executions,
            per_second,
            edges,
            inputs,
        } = self;
        let result = if held { "held" } else { "BROKEN" };
        format!("{target:<16}{executions:>14}{per_second:>13}{edges:>9}{inputs:>14}{committed:>11}  {result}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_each_kind_counts() {
        let mut statistics = Statistics::default();
        for line in [
            "#2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 30Mb",
            "#1048576\tDONE   cov: 1234 ft: 5678 corp: 321/45Kb lim: 4096 exec/s: 1747 rss: 90Mb",
            "stat::number_of_executed_units: 1048576",
            "stat::average_exec_per_sec:     1747",
            "stat::new_units_added:          7",
            "Done 1048576 runs in 600 second(s)",
        ] {
            statistics.read(line);
        }
        let expected = Statistics {
            executions: 1_048_576,
            per_second: 1_747,
            edges: 1_234,
            inputs: "321".to_owned(),
        };
        assert_eq!(statistics, expected);
    }
}
