//! Steps that can never begin: they wait for each other, or for such steps.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::steps::MOST_STEPS;
use crate::flow::definition::draft::FlowDraft;
use crate::flow::definition::found::Found;
use crate::flow::definition::spot::Spot;

/// The steps of a flow by number, in the order of the document, and which of them each one waits for.
struct Graph<'f, 'a> {
    flow: &'f FlowDraft<'a>,
    /// The numbers of the steps that a step depends on, without itself.
    waits_for: Vec<Vec<usize>>,
}

/// Each ring of steps, and each step that waits for one.
pub(super) fn flow(flow: &FlowDraft<'_>, found: &mut Found) {
    if flow.steps.len() > MOST_STEPS {
        return;
    }
    let graph = Graph::of(flow);
    let rings = graph.rings();
    for ring in &rings {
        graph.report_ring(ring, found);
    }
    let in_rings: BTreeSet<usize> = rings.iter().flatten().copied().collect();
    let selfish = (0..flow.steps.len()).filter(|it| graph.depends_on_itself(*it));
    graph.report_unreachable(&in_rings, &in_rings.iter().copied().chain(selfish).collect(), found);
}

impl<'f, 'a> Graph<'f, 'a> {
    fn of(flow: &'f FlowDraft<'a>) -> Self {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, step) in flow.steps.iter().enumerate() {
            numbers.entry(step.environment.text).or_insert(number);
        }
        // The trigger has passed before the flow begins, whatever a step says of it.
        let waits_for = flow.steps.iter().enumerate().map(|(number, step)| {
            let others = step.depends_on.iter().filter(|it| flow.trigger.is_none_or(|t| t.text != it.text));
            let others: BTreeSet<usize> = others.filter_map(|it| numbers.get(it.text).copied()).collect();
            others.into_iter().filter(|it| *it != number).collect()
        });
        Self { flow, waits_for: waits_for.collect() }
    }

    fn depends_on_itself(&self, number: usize) -> bool {
        let step = self.flow.steps.get(number);
        step.is_some_and(|it| it.depends_on.iter().any(|of| of.text == it.environment.text))
    }

    fn name(&self, number: usize) -> &'a str {
        self.flow.steps.get(number).map_or("", |it| it.environment.text)
    }

    fn next(&self, number: usize) -> &[usize] {
        self.waits_for.get(number).map_or(&[], Vec::as_slice)
    }

    /// Rings that have every step that is in one; each begins with its first step that no ring before it has.
    fn rings(&self) -> Vec<Vec<usize>> {
        let (mut rings, mut covered): (Vec<Vec<usize>>, BTreeSet<usize>) = (Vec::new(), BTreeSet::new());
        for number in 0..self.waits_for.len() {
            if !covered.contains(&number)
                && let Some(ring) = self.shortest_ring(number)
            {
                covered.extend(&ring);
                rings.push(ring);
            }
        }
        rings
    }

    /// The shortest way from a step through its dependencies back to it.
    fn shortest_ring(&self, start: usize) -> Option<Vec<usize>> {
        let mut came_from: Vec<Option<usize>> = vec![None; self.waits_for.len()];
        let mut open = VecDeque::from([start]);
        while let Some(at) = open.pop_front() {
            for next in self.next(at).iter().copied() {
                if next == start {
                    let back = std::iter::successors(Some(at), |it| came_from.get(*it).copied().flatten());
                    let mut ring: Vec<_> = back.take_while(|it| *it != start).collect();
                    ring.push(start);
                    ring.reverse();
                    return Some(ring);
                }
                if let Some(from @ None) = came_from.get_mut(next) {
                    *from = Some(at);
                    open.push_back(next);
                }
            }
        }
        None
    }

    fn report_ring(&self, ring: &[usize], found: &mut Found) {
        let [first, rest @ ..] = ring else { return };
        let second = rest.first().copied().unwrap_or(*first);
        let names: Vec<_> = ring.iter().chain([first]).map(|it| self.name(*it)).collect();
        let (name, other) = (self.name(*first), self.name(second));
        let origin = self.dependency(*first, other).map(|it| it.origin);
        let Some(origin) = origin.or(self.flow.steps.get(*first).map(|it| it.environment.origin)) else {
            return;
        };
        let message = format!("the steps depend on each other in a ring: {}", names.join(" -> "));
        let remedy = format!("remove `{other}` from `dependsOn` of `{name}`, or break the ring elsewhere");
        found.problem(origin, message, remedy);
    }

    fn dependency(&self, number: usize, on: &str) -> Option<Spot<'a>> {
        self.flow.steps.get(number)?.depends_on.iter().find(|it| it.text == on).copied()
    }

    /// Steps outside of the rings that wait for a step that never begins.
    fn report_unreachable(&self, in_rings: &BTreeSet<usize>, stuck: &BTreeSet<usize>, found: &mut Found) {
        let Some(trigger) = self.flow.trigger else { return };
        let mut because: BTreeMap<usize, usize> = BTreeMap::new();
        let mut open: VecDeque<usize> = stuck.iter().copied().collect();
        while let Some(at) = open.pop_front() {
            for number in (0..self.waits_for.len()).filter(|it| self.next(*it).contains(&at)) {
                if !stuck.contains(&number) && !because.contains_key(&number) {
                    because.insert(number, at);
                    open.push_back(number);
                }
            }
        }
        for (number, cause) in because.iter().filter(|(it, _)| !in_rings.contains(*it)) {
            let (name, cause) = (self.name(*number), self.name(*cause));
            let Some(it) = self.dependency(*number, cause) else { continue };
            let message = format!(
                "step `{name}` cannot be reached from the trigger environment `{}`: `{cause}` never begins",
                trigger.text
            );
            found.problem(
                it.origin,
                message,
                format!("correct `{cause}`, or remove it from `dependsOn` of `{name}`"),
            );
        }
    }
}
