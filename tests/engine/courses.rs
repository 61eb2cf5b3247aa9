//! Courses of all shapes, built by hand, with limits of a few milliseconds: so the times of a place are few.

use std::collections::BTreeSet;

use promenade::flow::course::{
    Action, Approval, Clock, Course, End, Enter, FrozenOptions, Kind, Member, Node, NodeId, Person, Place,
    PlaceTenant, Retry, Stop, Target, When,
};
use promenade::flow::time::Period;
use promenade::model::Tenants;

/// The end of everything that did not go well.
pub(crate) const BAD: [End; 4] = [End::Failed, End::Refused, End::Cancelled, End::Unknown];

pub(crate) fn id(name: &str) -> NodeId {
    NodeId::new(name)
}

pub(crate) fn person(name: &str) -> Person {
    Person(name.to_owned())
}

fn ms(millis: u64) -> Period {
    Period::from_millis(millis)
}

fn target(environment: &str) -> Target {
    Target {
        application: "shop".into(),
        connection: "default".into(),
        space: None,
        project: "Shop".into(),
        channel: None,
        environment: environment.into(),
        tenants: Tenants::Untenanted,
    }
}

/// A course in the making.
pub(crate) struct Builder(Course);

impl Builder {
    pub(crate) fn new() -> Self {
        Self(Course {
            nodes: [].into(),
            environments: Vec::new(),
            result: id("release"),
            limit: Period::from_secs(1_000_000),
        })
    }

    fn put(mut self, name: &str, kind: Kind, after: When) -> Self {
        let node = Node {
            kind,
            after,
            limit: ms(8),
            stop_limit: ms(4),
            person_limit: ms(8),
            retry: Retry::never(),
            cleanup: false,
            clock: Clock::Theirs,
        };
        self.0.nodes.insert(id(name), node);
        self
    }

    /// Work.
    pub(crate) fn act(self, name: &str, after: When) -> Self {
        let options = Box::new(FrozenOptions::default());
        self.put(name, Kind::Act(Action::Deploy { target: target(name), options }), after)
    }

    /// The entry of an environment whose end is the node `until`.
    pub(crate) fn enter(self, name: &str, until: &str, after: When) -> Self {
        let place = Place {
            connection: "default".into(),
            space: None,
            project: "Shop".into(),
            environment: until.into(),
            tenant: PlaceTenant::Untenanted,
        };
        self.put(name, Kind::Enter(Enter { places: BTreeSet::from([place]), until: id(until) }), after)
    }

    pub(crate) fn approval(self, name: &str, approval: Approval, after: When) -> Self {
        self.put(name, Kind::Approval(approval), after)
    }

    pub(crate) fn soak(self, name: &str, since: &str, lasts: u64, after: When) -> Self {
        self.put(name, Kind::Soak { since: id(since), lasts: ms(lasts) }, after)
    }

    /// A join of members that count, and of members behind a `?` that do not.
    pub(crate) fn join(self, name: &str, members: &[&str]) -> Self {
        let member =
            |it: &&str| Member { node: id(it.trim_start_matches('?')), counts: !it.starts_with('?') };
        let members: Vec<Member> = members.iter().map(member).collect();
        let after = When::All(members.iter().map(|it| When::ended(&it.node)).collect());
        self.put(name, Kind::Join(members), after)
    }

    /// An environment: a join that is a stop of the course.
    pub(crate) fn environment(mut self, name: &str, members: &[&str]) -> Self {
        self.0.environments.push(Stop { environment: name.into(), node: id(name) });
        self.join(name, members)
    }

    /// An environment with an entry and one deployment.
    pub(crate) fn simple(self, name: &str, after: When) -> Self {
        let (enter, deploy) = (format!("{name}/enter"), format!("{name}/deploy"));
        self.enter(&enter, name, after).act(&deploy, passed(&enter)).environment(name, &[&enter, &deploy])
    }

    /// Changes a node.
    pub(crate) fn with(mut self, name: &str, change: impl FnOnce(&mut Node)) -> Self {
        change(self.0.nodes.get_mut(&id(name)).expect("a node of this course"));
        self
    }

    pub(crate) fn tries(self, name: &str, tries: u32) -> Self {
        self.with(name, |it| it.retry = Retry { tries, first: ms(2), factor: 3, most: ms(5) })
    }

    pub(crate) fn cleanup(self, name: &str) -> Self {
        self.with(name, |it| it.cleanup = true)
    }

    pub(crate) fn ours(self, name: &str) -> Self {
        self.with(name, |it| it.clock = Clock::Ours)
    }

    pub(crate) fn limit(mut self, millis: u64) -> Self {
        self.0.limit = ms(millis);
        self
    }

    pub(crate) fn done(self, result: &[&str]) -> Course {
        self.join("release", result).0
    }
}

pub(crate) fn passed(name: &str) -> When {
    When::passed(&id(name))
}

pub(crate) fn all(names: &[&str]) -> When {
    When::All(names.iter().map(|it| passed(it)).collect())
}

pub(crate) fn any(names: &[&str]) -> When {
    When::Any(names.iter().map(|it| passed(it)).collect())
}

pub(crate) fn is(name: &str, ends: &[End]) -> When {
    When::Is(id(name), ends.iter().copied().collect())
}

pub(crate) fn began(names: &[&str]) -> When {
    When::Any(names.iter().map(|it| When::Began(id(it))).collect())
}

/// Two environments one after the other; the first deployment is tried twice.
pub(crate) fn chain() -> Course {
    Builder::new()
        .simple("qa", When::Now)
        .simple("prod", passed("qa"))
        .tries("qa/deploy", 2)
        .done(&["qa", "prod"])
}

/// One deployment that asks people, under a limit of the whole.
pub(crate) fn people() -> Course {
    let built =
        Builder::new().act("deploy", When::Now).environment("qa", &["deploy"]).act("check", passed("qa"));
    built.ours("deploy").ours("check").tries("deploy", 2).limit(20).done(&["qa", "check"])
}

/// Two that run side by side between two others.
pub(crate) fn diamond() -> Course {
    let built = Builder::new().act("a", When::Now).act("b", passed("a")).act("c", passed("a"));
    let built = built.act("d", all(&["b", "c"])).environment("last", &["d"]);
    built.done(&["a", "b", "c", "last"])
}

/// One that waits for either of two, the first of which is tried twice.
pub(crate) fn any_of() -> Course {
    let built = Builder::new().act("a", When::Now).act("b", When::Now).act("c", any(&["a", "b"]));
    built.tries("a", 2).environment("last", &["c"]).done(&["a", "b", "last"])
}

/// One that waits for two of three.
pub(crate) fn two_of_three() -> Course {
    let parts = ["a", "b", "c"].iter().map(|it| passed(it)).collect();
    let built = Builder::new().act("a", When::Now).act("b", When::Now).act("c", When::Now);
    built.act("d", When::AtLeast(2, parts)).environment("last", &["d"]).done(&["?a", "?b", "?c", "last"])
}

/// An approval by two people, neither of whom is the author, in front of an environment.
pub(crate) fn approved() -> Course {
    let of = Some(["ann", "bob", "cy"].map(person).into());
    let approval = Approval { need: 2, of, not: [person("ann")].into() };
    let built = Builder::new().act("dev", When::Now).approval("ok", approval, passed("dev"));
    built.simple("qa", passed("ok")).done(&["dev", "ok", "qa"])
}

/// An environment that is left alone for a while before the next one, under a limit of the whole.
pub(crate) fn soaked() -> Course {
    let built = Builder::new().act("dev", When::Now).ours("dev").environment("qa", &["dev"]);
    let built = built.soak("rest", "qa", 12, passed("qa")).act("prod", passed("rest")).ours("prod");
    built.limit(13).done(&["qa", "rest", "prod"])
}

/// Work with a step for its failure, a hook for its failure, and clean-up in every case.
pub(crate) fn failure() -> Course {
    let built = Builder::new().enter("enter", "qa", When::Now).act("work", passed("enter")).tries("work", 2);
    let built = built.environment("qa", &["enter", "work"]);
    let built = built.act("else", is("work", &[End::Failed, End::Unknown]));
    let bad = When::All(vec![is("qa", &BAD), began(&["work"])]);
    let built =
        built.act("hook", bad).cleanup("hook").act("finally", When::ended(&id("qa"))).cleanup("finally");
    built.done(&["qa", "else", "?hook", "?finally"])
}

/// Two environments, each with a hook for its failure that is a part of it: a passed environment has a skipped hook.
pub(crate) fn hooked() -> Course {
    let built = Builder::new().enter("qa/enter", "qa", When::Now).act("qa/work", passed("qa/enter"));
    let built =
        built.act("qa/hook", is("qa/work", &BAD)).environment("qa", &["qa/enter", "qa/work", "qa/hook"]);
    built.act("prod", passed("qa")).done(&["qa", "prod"])
}

/// Two applications side by side in one environment, and a check that does not count.
pub(crate) fn side_by_side() -> Course {
    let built = Builder::new().enter("qa/enter", "qa", When::Now);
    let built = built.act("qa/one", passed("qa/enter")).act("qa/two", passed("qa/enter"));
    let built = built.act("qa/check", all(&["qa/one"]));
    let built = built.environment("qa", &["qa/enter", "qa/one", "qa/two", "?qa/check"]);
    built.act("prod", passed("qa")).done(&["qa", "prod"])
}

/// A hook for the failure of what was begun: denied before it began, nothing of it runs, not even after a retry.
pub(crate) fn begun() -> Course {
    let built = Builder::new().enter("enter", "qa", When::Now).act("work", passed("enter"));
    let bad = When::All(vec![is("qa", &BAD), began(&["work"])]);
    let built = built.environment("qa", &["enter", "work"]).act("hook", bad).cleanup("hook");
    built.done(&["qa", "?hook"])
}

/// A check that does not count for its environment, and counts for the whole.
pub(crate) fn shared() -> Course {
    let built = Builder::new().act("work", When::Now).act("check", passed("work"));
    built.environment("qa", &["work", "?check"]).done(&["qa", "check"])
}

/// An environment whose check does not count, with clean-up behind it that has run although the environment passed.
pub(crate) fn ignored() -> Course {
    let built = Builder::new().enter("qa/enter", "qa", When::Now).act("qa/work", passed("qa/enter"));
    let built =
        built.act("qa/check", passed("qa/work")).environment("qa", &["qa/enter", "qa/work", "?qa/check"]);
    let built = built.act("finally", When::ended(&id("qa"))).cleanup("finally").act("prod", passed("qa"));
    built.done(&["qa", "prod", "?finally"])
}
