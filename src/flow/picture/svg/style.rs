//! The colours of the SVG, for light and for dark ground.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::flow::picture::graph::Graph;
use crate::flow::picture::state::State;

const LIGHT: &str = "\
.ground{fill:#fafaf8}.box{fill:#ffffff;stroke:#85878e;stroke-width:1}.trigger{stroke-dasharray:4 3}\
.line{fill:none;stroke:#85878e;stroke-width:1.5}.tip{fill:#85878e}\
text{font:13px Inter,system-ui,sans-serif;fill:#4a4c52}.name{font-weight:600;fill:#1b1c1f}";

const DARK: &str = ".ground{fill:#131416}.box{fill:#1a1b1e;stroke:#72757d}.line{stroke:#72757d}.tip{fill:#72757d}\
text{fill:#b6b8bd}.name{fill:#ececea}";

/// The style sheet. Each state that occurs has its class; its word and its mark stand in the node.
pub(super) fn style(graph: &Graph) -> String {
    let states: BTreeSet<State> = graph.nodes.iter().filter_map(|it| it.state).collect();
    let (mut light, mut dark) = (LIGHT.to_owned(), DARK.to_owned());
    for state in states {
        let (key, solid, ink) = (state.key(), state.solid(), state.ink());
        // Writing to a `String` cannot fail.
        let _ =
            write!(light, ".box.{key}{{stroke:{};stroke-width:2}}.state.{key}{{fill:{}}}", solid.0, ink.0);
        let _ = write!(dark, ".box.{key}{{stroke:{}}}.state.{key}{{fill:{}}}", solid.1, ink.1);
    }
    format!(
        "<style>:root{{color-scheme:light dark}}{light}@media (prefers-color-scheme:dark){{{dark}}}</style>\n"
    )
}
