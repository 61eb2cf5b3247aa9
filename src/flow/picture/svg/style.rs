//! The colours of the SVG, for light and for dark ground.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::flow::picture::graph::Graph;
use crate::flow::picture::state::State;

/// What is drawn, how on light ground, and what is different on dark ground.
const RULES: [(&str, &str, &str); 7] = [
    (".ground", "fill:#fafaf8", "fill:#131416"),
    (".box", "fill:#ffffff;stroke:#85878e", "fill:#1a1b1e;stroke:#72757d"),
    (".box.trigger", "stroke-dasharray:4 3", ""),
    (".line", "fill:none;stroke:#85878e;stroke-width:1.5", "stroke:#72757d"),
    (".tip", "fill:#85878e", "fill:#72757d"),
    ("text", "font:13px Inter,system-ui,sans-serif;fill:#4a4c52", "fill:#b6b8bd"),
    (".name", "font-weight:600;fill:#1b1c1f", "fill:#ececea"),
];

/// The style sheet. Each state that occurs has its class; its word and its mark stand in the node. Every rule names the
/// picture, so that none applies to a page that the picture stands in.
pub(super) fn style(graph: &Graph) -> String {
    let (mut light, mut dark) = (String::new(), String::new());
    let mut rule = |selector: &str, on_light: &str, on_dark: &str| {
        // Writing to a `String` cannot fail.
        let _ = write!(light, ".flow-picture {selector}{{{on_light}}}");
        if !on_dark.is_empty() {
            let _ = write!(dark, ".flow-picture {selector}{{{on_dark}}}");
        }
    };
    RULES.iter().for_each(|(selector, on_light, on_dark)| rule(selector, on_light, on_dark));
    let states: BTreeSet<State> = graph.nodes.iter().filter_map(|it| it.state).collect();
    for state in states {
        let (key, solid, ink) = (state.key(), state.solid(), state.ink());
        let stroke = format!("stroke:{};stroke-width:2", solid.0);
        rule(&format!(".box.{key}"), &stroke, &format!("stroke:{}", solid.1));
        rule(&format!(".state.{key}"), &format!("fill:{}", ink.0), &format!("fill:{}", ink.1));
    }
    format!(
        "<style>.flow-picture{{color-scheme:light dark}}{light}@media (prefers-color-scheme:dark){{{dark}}}</style>\n"
    )
}
