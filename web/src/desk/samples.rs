//! Honest examples (being written).
use super::pages::*;
use crate::page::Sample;
macro_rules! none { ($($name:ident: $page:ty),+ $(,)?) => {$( pub fn $name() -> Vec<Sample<$page>> { vec![] } )+}; }
none!(home: Home, list: List, queue: Queue, ask_start: AskStart, ask_step: AskStep, ask_files: AskFiles, ask_check: AskCheck, upload: Upload, case: Case, header: Header, act: ActForm);
