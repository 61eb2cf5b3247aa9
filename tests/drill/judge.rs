//! What is allowed at the end of a drill, whatever was killed when.

use crate::world::{Drill, Scenario};

/// Whether the end is one that is allowed.
pub(crate) fn judge(drill: &Drill) -> Result<(), String> {
    let findings = drill.findings();
    if !findings.is_empty() {
        return Err(format!("store check: {}", findings.join(", ")));
    }
    let made = drill.deployments();
    let of = |environment: &str| made.get(environment).map(Vec::as_slice).unwrap_or_default();
    let (status, dev, qa, prod) = (drill.status(), of("dev"), of("qa"), of("prod"));
    let all = format!("{status}; {made:?}");
    if !dev.is_empty() {
        return Err(format!("the trigger environment was written to: {all}"));
    }
    let good = match drill.scenario {
        Scenario::Plain | Scenario::Refused | Scenario::AnswersLost | Scenario::RequestLost => {
            status == "passed" && qa == ["Success"] && prod == ["Success"]
        }
        Scenario::Restarted => {
            status == "passed" && qa == ["Success", "Success"] && prod == ["Success", "Success"]
        }
        Scenario::Failing => status == "failed" && qa == ["Failed", "Failed"] && prod.is_empty(),
        Scenario::Terminated => status == "cancelled" && qa == ["Canceled"] && prod.is_empty(),
    };
    if good { Ok(()) } else { Err(all) }
}
