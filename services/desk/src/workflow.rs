//! The life of a consultation as one table. The server enforces it, pages draw their buttons from it, `WORKFLOW.md` is
//! generated from it and a test enumerates every cell. What is not in the table is refused.

use crate::model::State;
use crate::policy::{Verb, Who};

/// One row: in any of `from`, any of `by` may do `verb`; the state becomes `to` (None: stays).
#[derive(Debug)]
pub struct Rule {
    /// The act.
    pub verb: Verb,
    /// In which states.
    pub from: &'static [State],
    /// By whom.
    pub by: &'static [Who],
    /// What it becomes.
    pub to: Option<State>,
}

use State::{Closed, InWork, New, Resolved, Triaged, WaitingRequester, WaitingThirdParty};
use Who::{Holder, Offered, Opener, Requester};

const OPEN: &[State] = &[New, Triaged, InWork, WaitingRequester, WaitingThirdParty];
const WORKING: &[State] = &[Triaged, InWork, WaitingRequester, WaitingThirdParty];
const ANY: &[State] = State::ALL;

const fn rule(verb: Verb, from: &'static [State], by: &'static [Who], to: Option<State>) -> Rule {
    Rule { verb, from, by, to }
}

/// The table.
pub const RULES: &[Rule] = &[
    rule(Verb::Triage, &[New], &[Holder], Some(Triaged)),
    rule(Verb::Triage, WORKING, &[Holder], None),
    rule(Verb::Assign, &[New, Triaged], &[Holder], Some(InWork)),
    rule(Verb::Assign, &[InWork, WaitingRequester, WaitingThirdParty], &[Holder], None),
    rule(Verb::Reply, OPEN, &[Holder], Some(InWork)),
    rule(Verb::AskBack, OPEN, &[Holder], Some(WaitingRequester)),
    rule(Verb::WriteNote, ANY, &[Holder], None),
    rule(Verb::WaitThird, &[Triaged, InWork, WaitingRequester], &[Holder], Some(WaitingThirdParty)),
    rule(Verb::Resume, &[WaitingRequester, WaitingThirdParty], &[Holder], Some(InWork)),
    rule(Verb::OfferLine, OPEN, &[Holder], None),
    rule(Verb::WithdrawOffer, OPEN, &[Holder], None),
    rule(Verb::AcceptOffer, OPEN, &[Offered], Some(InWork)),
    rule(Verb::DeclineOffer, OPEN, &[Offered], None),
    rule(Verb::Resolve, OPEN, &[Holder], Some(Resolved)),
    rule(Verb::Close, &[Resolved], &[Holder, Requester], Some(Closed)),
    rule(Verb::Reopen, &[Resolved, Closed], &[Holder, Requester], Some(InWork)),
    rule(Verb::RequesterReply, &[New, Triaged, InWork, WaitingThirdParty], &[Requester], None),
    rule(Verb::RequesterReply, &[WaitingRequester], &[Requester], Some(InWork)),
    rule(Verb::SetPrivacy, ANY, &[Opener], None),
    rule(Verb::Consent, ANY, &[Opener], None),
];

/// The state after `verb` by `who` in `state`; None when the table does not allow it.
pub fn next_state(state: State, verb: Verb, who: Who) -> Option<State> {
    let may = |by: &[Who]| by.iter().any(|other| who.stands_for(*other));
    RULES.iter().find(|r| r.verb == verb && r.from.contains(&state) && may(r.by)).map(|r| r.to.unwrap_or(state))
}

/// The verbs that `who` may use in `state`; what pages draw their buttons from.
pub fn available(state: State, who: Who) -> Vec<Verb> {
    Verb::ALL.iter().copied().filter(|verb| next_state(state, *verb, who).is_some()).collect()
}

/// The table as a Mermaid state diagram; `WORKFLOW.md` holds it and a test compares.
pub fn diagram() -> String {
    let mut out = String::from("stateDiagram-v2\n    [*] --> new: ask\n");
    for from in State::ALL {
        for r in RULES.iter().filter(|r| r.from.contains(from)) {
            if let Some(to) = r.to.filter(|to| to != from) {
                let by: Vec<&str> = r.by.iter().map(|w| w.word()).collect();
                out.push_str(&format!("    {from} --> {to}: {} ({})\n", r.verb, by.join(", ")));
            }
        }
    }
    out.push_str("    closed --> [*]\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell of state × verb × who, as text; the golden file is read line by line in review.
    fn cells() -> String {
        let mut out = String::new();
        for who in Who::ALL {
            for verb in Verb::ALL {
                for state in State::ALL {
                    if let Some(to) = next_state(*state, *verb, *who) {
                        out.push_str(&format!("{who:<10} {verb:<16} {state:<20} → {to}\n"));
                    }
                }
            }
        }
        out
    }

    #[allow(clippy::disallowed_methods, reason = "a test may be told to write its golden file")]
    fn golden(name: &str, now: &str) {
        let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        if std::env::var_os("TOMOSHIBI_WRITE_GOLDEN").is_some() {
            let head = kept.split_once("<!-- generated -->\n").map_or(String::new(), |(head, _)| format!("{head}<!-- generated -->\n"));
            std::fs::write(&path, format!("{head}{}\n", now.trim())).expect("golden file");
            return;
        }
        let body = kept.split_once("<!-- generated -->\n").map_or(kept.as_str(), |(_, body)| body);
        assert!(body.trim() == now.trim(), "{name} is stale; it must read:\n{now}");
    }

    #[test]
    fn every_cell_is_as_reviewed() {
        golden("workflow.golden.txt", &cells());
    }

    #[test]
    fn the_diagram_is_the_table() {
        golden("WORKFLOW.md", &format!("```mermaid\n{}```", diagram()));
    }

    #[test]
    fn nobody_outside_the_desk_and_the_asking_side_changes_anything() {
        for who in [Who::Area, Who::Receiver, Who::Witness] {
            for state in State::ALL {
                let verbs = available(*state, who);
                assert!(verbs.is_empty(), "{who} may {verbs:?} in {state}");
            }
        }
    }

    #[test]
    fn who_holds_both_queues_may_what_either_side_may() {
        for state in State::ALL {
            let sides = |verb: &Verb| next_state(*state, *verb, Holder).or(next_state(*state, *verb, Offered));
            for verb in Verb::ALL {
                assert_eq!(next_state(*state, *verb, Who::Both), sides(verb), "{verb} in {state}");
            }
        }
    }

    #[test]
    fn no_state_is_a_dead_end_but_closed() {
        for state in State::ALL.iter().filter(|s| **s != State::Closed) {
            assert!(RULES.iter().any(|r| r.from.contains(state) && r.to.is_some_and(|to| to != *state)), "{state}");
        }
    }
}
