//! What a draft knows of a step beside its answer: which page gave it, and what is being written there now.

use crate::model::{Answers, Step};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A step beside its answer: who gave it, and what is being written there now. No answer: it is not sent with the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trace {
    /// Which step; None never.
    pub step: Option<Step>,
    /// The page that answered it last.
    pub page: Option<Uuid>,
    /// The version of the draft that this answer made; 0 while there is none.
    pub version: i32,
    /// What stands in its fields and was not sent yet, by their names.
    pub begun: BTreeMap<String, String>,
    /// The version of the draft that the page of `begun` had shown.
    pub seen: i32,
}

impl Answers {
    /// What is known of a step beside its answer.
    pub fn trace(&self, step: Step) -> Option<&Trace> {
        self.traces.iter().find(|trace| trace.step == Some(step))
    }

    fn trace_mut(&mut self, step: Step) -> &mut Trace {
        let at = self.traces.iter().position(|trace| trace.step == Some(step)).unwrap_or_else(|| {
            self.traces.push(Trace { step: Some(step), ..Trace::default() });
            self.traces.len() - 1
        });
        &mut self.traces[at]
    }

    /// A step was answered by a page, which makes this version of the draft; what was begun there is the answer now.
    pub fn answered(&mut self, step: Step, page: Option<Uuid>, version: i32) {
        *self.trace_mut(step) = Trace { step: Some(step), page, version, ..Trace::default() };
        if !self.visited.contains(&step) {
            self.visited.push(step);
        }
    }

    /// Keeps what is being written at a step beside its answer; what is no different from the answer is nothing begun.
    pub fn begin(&mut self, step: Step, begun: BTreeMap<String, String>, seen: i32) {
        let same = begun.iter().all(|(name, value)| self.field(name) == *value);
        let trace = self.trace_mut(step);
        (trace.begun, trace.seen) = (if same { BTreeMap::new() } else { begun }, seen);
    }

    /// What stands in a field of a step at which somebody types.
    fn field(&self, name: &str) -> String {
        match name {
            "noticed" => self.noticed.clone(),
            "title" => self.title.clone(),
            "body" => self.body.clone(),
            "done" => self.done.clone(),
            "phone" => self.phone.clone(),
            "contact" => self.contact.clone(),
            "member" => self.member.map(|m| m.to_string()).unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Whether a page that showed version `seen` would put its answer to a step in the place of one that it did not know.
    pub fn overtakes(&self, step: Step, page: Option<Uuid>, seen: i32, wished: &Self) -> bool {
        let newer = self.trace(step).is_some_and(|trace| trace.version > seen && (page.is_none() || trace.page != page));
        let (there, here) = (self.answer(step), wished.answer(step));
        newer && there != here && there != Self::default().answer(step)
    }

    /// The answer to a step, to be compared.
    fn answer(&self, step: Step) -> Vec<String> {
        let named = || {
            let mut named: Vec<String> = self.named.iter().map(ToString::to_string).collect();
            named.sort();
            named
        };
        match step {
            Step::Symptom => self.category.iter().cloned().collect(),
            Step::Noticed => vec![self.noticed.clone()],
            Step::Care => self.care.iter().map(ToString::to_string).collect(),
            Step::Words => vec![self.title.clone(), self.body.clone()],
            Step::Done => vec![self.done.clone()],
            Step::Contact => vec![self.phone.clone(), self.contact.clone(), self.member.map(|m| m.to_string()).unwrap_or_default()],
            Step::Privacy => self.privacy.iter().map(ToString::to_string).chain(named()).collect(),
            Step::Files | Step::Check => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(n: u128) -> Option<Uuid> {
        Some(Uuid::from_u128(n))
    }

    #[test]
    fn an_answer_of_an_old_page_overtakes_another_pages_answer_to_the_same_step_only() {
        let said = |text: &str| Answers { done: text.into(), ..Answers::default() };
        let mut there = said("電源を切った");
        there.answered(Step::Done, page(1), 5);
        assert!(there.overtakes(Step::Done, page(2), 4, &said("何もしていない")));
        assert!(!there.overtakes(Step::Done, page(2), 5, &said("何もしていない")), "it had seen it");
        assert!(!there.overtakes(Step::Done, page(1), 4, &said("何もしていない")), "it is its own");
        assert!(!there.overtakes(Step::Done, page(2), 4, &said("電源を切った")), "it says the same");
        let mut empty = said("");
        empty.answered(Step::Done, page(1), 5);
        assert!(!empty.overtakes(Step::Done, page(2), 4, &said("何もしていない")), "nothing would be lost");
        assert!(there.overtakes(Step::Done, None, 4, &said("何もしていない")), "a form of no page is nobody's own");
    }

    #[test]
    fn what_is_begun_stands_beside_the_answer_until_it_is_the_answer() {
        let mut answers = Answers { noticed: "今朝".into(), ..Answers::default() };
        let typed = |text: &str| BTreeMap::from([("noticed".to_owned(), text.to_owned())]);
        answers.begin(Step::Noticed, typed("昨日"), 3);
        assert_eq!((answers.noticed.as_str(), &answers.traces[0].begun), ("今朝", &typed("昨日")));
        answers.begin(Step::Noticed, typed("今朝"), 3);
        assert!(answers.traces[0].begun.is_empty(), "no different from the answer is nothing begun");
        answers.begin(Step::Noticed, typed("昨日"), 3);
        answers.answered(Step::Noticed, page(1), 4);
        assert!(answers.traces[0].begun.is_empty() && answers.visited == [Step::Noticed]);
    }
}
